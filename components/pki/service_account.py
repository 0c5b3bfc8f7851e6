"""The key that signs service accounts' tokens."""

import pulumi

from components.pki.keys import pem_of, private_key
from plan.pki.material import joined
from plan.pki.table import SERVICE_ACCOUNT
from spec.pki import Algorithm, Generations


class ServiceAccountKey(pulumi.ComponentResource):
    """A key for each trusted generation.

    Outputs:
        key: what signs; secret.
        public_keys: every trusted one in PEM, that of what signs first: tokens that the former
        generation has signed are taken until it is dropped.
    """

    key: pulumi.Output[str]
    public_keys: pulumi.Output[str]

    def __init__(
        self,
        generations: Generations,
        algorithm: Algorithm,
        *,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:pki:ServiceAccountKey", SERVICE_ACCOUNT, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        made = {
            n: private_key(f"{SERVICE_ACCOUNT}-{n}", algorithm, child) for n in generations.trusted
        }
        self.key = pem_of(made[generations.generation])
        self.public_keys = pulumi.Output.all(*(k.public_key_pem for k in made.values())).apply(
            joined
        )
        self.register_outputs({"publicKeys": self.public_keys})
