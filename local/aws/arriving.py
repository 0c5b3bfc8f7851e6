"""By which header the endpoints' front tells the embedded AWS from which VPC a request comes.

Whoever sends it from a machine is not believed: the front writes it in place of what came.
"""

FROM_VPC = "X-Embedded-Aws-From-Vpc"
