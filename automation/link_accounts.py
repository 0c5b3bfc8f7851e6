"""API Gateway's account in each region, which the endpoint service behind a VPC link lets in.

API Gateway developer guide, set-up-api-with-vpclink-accounts, also that of the regions in China
(read 2026-11-30). What is not on those pages is in the account alone: GovCloud's regions, say.
"""

from typing import Final

ACCOUNTS: Final = {
    "ap-east-1": "174803364771", "ap-northeast-1": "969236854626",
    "ap-northeast-2": "020402002396", "ap-northeast-3": "360671645888",
    "ap-south-1": "507069717855", "ap-south-2": "644042651268",
    "ap-southeast-1": "195145609632", "ap-southeast-2": "798376113853",
    "ap-southeast-3": "652364314486", "ap-southeast-4": "849137399833",
    "ca-central-1": "796887884028", "cn-north-1": "643738280308",
    "cn-northwest-1": "020741727910", "eu-central-1": "474240146802",
    "eu-central-2": "166639821150", "eu-north-1": "394634713161",
    "eu-south-1": "753362059629", "eu-south-2": "359345898052",
    "eu-west-1": "631144002099", "eu-west-2": "544388816663",
    "eu-west-3": "061510835048", "me-central-1": "614065512851",
    "me-south-1": "855739686837", "sa-east-1": "287228555773",
    "us-east-1": "392220576650", "us-east-2": "718770453195",
    "us-west-1": "968246515281", "us-west-2": "109351309407",
}  # fmt: skip
