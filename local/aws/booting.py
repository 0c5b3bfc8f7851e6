"""By which parameter of Systems Manager the embedded AWS knows that machines of a VPC do boot.

local.cluster writes the VPC's id to it. Machines there wait for the hooks of their groups, as on
AWS; elsewhere they are records, of which none could complete one.
"""

BOOTING = "/embedded-aws/machines-boot-in"
