"""The API server's encryption of Secrets, with its keys where they are local ones."""

import pulumi

from components.pki.keys import pem_of, private_key
from machines.encryption import local_key, render_encryption_config
from spec.encryption import EncryptionSpec, LocalKeyEncryption


class Encryption(pulumi.ComponentResource):
    """Creates a key for each generation of local keys; nothing where KMS keeps them.

    Outputs:
        config: the EncryptionConfiguration; secret where it holds keys.
    """

    config: pulumi.Output[str]

    def __init__(
        self,
        cluster: str,
        spec: EncryptionSpec,
        *,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:pki:Encryption", "encryption", None, opts)
        if isinstance(spec, LocalKeyEncryption):
            child = pulumi.ResourceOptions(parent=self)
            made = {n: private_key(f"encryption-{n}", None, child) for n in spec.key.trusted}
            pems = {str(n): pem_of(key) for n, key in made.items()}
            self.config = pulumi.Output.all(**pems).apply(
                lambda known: render_encryption_config(
                    spec, cluster=cluster, keys={int(n): local_key(pem) for n, pem in known.items()}
                )
            )
        else:
            config = render_encryption_config(spec, cluster=cluster)
            self.config = pulumi.Output.from_input(config)
        self.register_outputs({})
