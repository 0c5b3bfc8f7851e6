"""What a closed network has to hold to, and which rules, or what else, sees to it.

The numbers are those that the rule table prints as `invariant`. The first nineteen are about the
way out itself, 20 to 35 about services that are allowed, 36 to 51 about nodes and the cluster;
56 is about a control plane of one's own, whose other demands are the plan's alone, 58 about what
can be looked up afterwards. A channel is a way that data leaves by although every subnet is
private.

An answer says what no rule decides, and where it is decided instead. A test holds that each row
has rules or an answer, that the ids exist, and that each rule stands in the row that it names.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One demand, or one channel. rules: ids, parted by spaces. answer: Markdown, seen from
    docs/proof."""

    claim: str
    rules: str = ""
    answer: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """The rules that see to it."""
        return tuple(self.rules.split())


_GUARD_RAILS = "`heiiki guardrails` ([command](../command.md#heiiki-guardrails))"
_PLAN = "`heiiki validate` ([command](../command.md#heiiki-validate))"
_NOT_GUARDED = "[what is not guarded](../security.md#what-is-not-guarded)"

INVARIANTS: Final[dict[int, Row]] = {
    1: Row("Only types, packages and groups that somebody has judged.",
           "CN-001 CN-002 CN-004 CN-156 CN-270"),
    2: Row("No gateway, public address or VPN.",
           "CN-010 CN-011 CN-012 CN-013 CN-014 CN-015 CN-024"),
    3: Row("Routes lead to nothing but the VPC, its gateway endpoints and named connections.",
           "CN-030 CN-031 CN-033"),
    4: Row("Routes to named connections have private destinations.", "CN-032 CN-175"),
    5: Row("Main tables are held to the same, and no subnet takes one by default.",
           "CN-220 CN-030 CN-031 CN-032"),
    6: Row("Subnets give no public addresses, and no packet leaves them.",
           "CN-005 CN-006 CN-040 CN-041 CN-042"),
    7: Row("Machines refuse public addresses.", "CN-050 CN-051 CN-058 CN-158 CN-176"),
    8: Row("VPCs have no IPv6, are not the default one, and have DNS of their own.",
           "CN-016 CN-043 CN-044 CN-070 CN-090"),
    9: Row("The Kubernetes API is private.", "CN-060 CN-061"),
    10: Row("What the control plane sends goes through the VPC.", "CN-062"),
    11: Row("Endpoints lead to services of AWS, in a region of one's own.",
            "CN-080 CN-081 CN-082"),
    12: Row("Every endpoint has a policy, or somebody answers for it with an SCP.", "CN-083"),
    13: Row("Policies hold principals and resources to own ones.",
            "CN-007 CN-008 CN-085 CN-086"),
    14: Row("Nothing writes to a resource outside, and nothing is allowed by exclusion.",
            "CN-084 CN-086"),
    15: Row("Every VPC has a DNS Firewall that allows names one by one and fails closed.",
            "CN-122 CN-123 CN-124 CN-125 CN-126 CN-127"),
    16: Row("No question is forwarded outside.", "CN-045 CN-120 CN-121 CN-155"),
    17: Row("Connections to other networks are named, and with own accounts.",
            "CN-020 CN-021 CN-022 CN-023 CN-025 CN-159 CN-205 CN-223"),
    18: Row("Load balancers are internal, and nothing stands in front of the network.",
            "CN-015 CN-110 CN-111 CN-112 CN-153 CN-178 CN-212 CN-213 CN-243"),
    19: Row("Objects that make load balancers ask for internal ones.",
            "CN-140 CN-142 CN-144",
            f"Objects made in the cluster later: admission policies, {_NOT_GUARDED}."),
    20: Row("S3 serves own buckets, and image layers of AWS's.",
            "CN-180 CN-181 CN-236 CN-085 CN-086"),
    21: Row("STS gives out roles of own accounts, and no session tokens.", "CN-087 CN-086"),
    22: Row("Both names of the registry have one policy; images of EKS are read, of the region's "
            "account alone.", "CN-222 CN-086"),
    23: Row("Images are copied to and from own registries.", "CN-134 CN-135 CN-131"),
    24: Row("Every other endpoint is held on both sides, too.", "CN-085 CN-086 CN-007 CN-008"),
    25: Row("Keys, buckets, queues and images admit own principals.",
            "CN-131 CN-132 CN-150 CN-151 CN-152 CN-160 CN-233 CN-234 CN-244 CN-256"),
    26: Row("Roles trust own accounts, and are of own accounts.",
            "CN-074 CN-130 CN-136 CN-161 CN-165"),
    27: Row("What AWS delivers on one's behalf stays in own accounts.",
            "CN-133 CN-154 CN-230 CN-235 CN-252"),
    28: Row("No capability of EKS, and no issuer of tokens outside.", "CN-071 CN-072"),
    29: Row("Nothing computes outside a VPC, and nothing is sent to a URL.",
            "CN-231 CN-250 CN-253 CN-254 CN-255 CN-257 CN-258 CN-259 CN-171 CN-229 CN-001 CN-133",
            "Types of other such services are none that a rule has judged, so CN-001 refuses each. "
            f"Those of others in the account: {_GUARD_RAILS}."),
    30: Row("The organization denies what endpoints cannot.", "",
            f"{_GUARD_RAILS} writes the policies; whoever runs the organization attaches them "
            f"({_NOT_GUARDED})."),
    31: Row("VPC Block Public Access is on, without exclusions.", "CN-017 CN-018",
            "It is one switch for an account and region, so no stack turns it on; whoever runs the "
            f"account does. That nobody exempts a network from it: {_GUARD_RAILS}."),
    32: Row("Security groups let traffic to inside addresses out, and the default one nothing.",
            "CN-100 CN-101 CN-102 CN-103 CN-104",
            f"The group that EKS makes keeps its rule: {_NOT_GUARDED}."),
    33: Row("Groups of endpoints let tcp/443 in, from inside.", "CN-089 CN-221 CN-101"),
    34: Row("Endpoints answer under the service's name, in every zone, on every table.",
            "CN-088 CN-191 CN-193 CN-190"),
    35: Row("Features in use find their endpoints, and there are no more than those.",
            "CN-190 CN-192 CN-194 CN-195 CN-196 CN-211 CN-081",
            "That an endpoint is called by nothing is not told: what calls it may be of another "
            "stack. `boundary.services` lists those that may be there (CN-081); heiiki makes those "
            "of features in use and of `network.endpoints` "
            "([network](../architecture/network.md#endpoints-by-feature))."),
    36: Row("Instance metadata asks for tokens, and stays on the machine.",
            "CN-052 CN-053 CN-054 CN-076"),
    37: Row("Nodes are told all that they need to join.", "CN-208"),
    38: Row("Nodes are told how many pods they run, and what they are called.",
            "CN-218 CN-219"),
    39: Row("Bottlerocket sends no metrics, and updates from inside.", "CN-207 CN-201"),
    40: Row("Machine images are named by id, and none is of Amazon Linux 2.", "CN-056 CN-077",
            "Whose an image is, its id does not tell: `heiiki lock` looks it up, and "
            f"{_PLAN} warns of one that is neither AWS's nor of the own account."),
    41: Row("Container images are of registries inside, and held to a digest.",
            "CN-145 CN-146"),
    42: Row("What machines and pods are told names hosts and proxies inside.",
            "CN-200 CN-201 CN-202 CN-206 CN-209 CN-210 CN-217 CN-232 CN-242 CN-251"),
    43: Row("No SSH keys, and no SSH of EKS.", "CN-057 CN-075",
            "Groups that keep a node from its cluster open nothing, and no rule reads them so: a "
            "node that does not join shows it."),
    44: Row("Access is by entries, to own principals, and by no creator and no node.",
            "CN-068 CN-069 CN-073 CN-241"),
    45: Row("Clusters have logs, a version, a way of support and protection; ranges of services "
            "overlap nothing.", "CN-063 CN-064 CN-065 CN-066 CN-067",
            f"Overlaps: {_PLAN} compares the ranges of the VPC, of services and of connections."),
    46: Row("Pods have addresses of the nodes' subnets, and send what a policy lets them.",
            "CN-148 CN-149 CN-204 CN-215 CN-216 CN-224"),
    47: Row("Webhooks and aggregated APIs are in the cluster, and administrators' to change.",
            "CN-143 CN-147 CN-214"),
    48: Row("Controllers ask no service for which there is no endpoint.", "CN-203"),
    49: Row("CoreDNS asks inside, and Services name nothing outside.", "CN-141 CN-157"),
    50: Row("Subnets have addresses for all that may stand in them.", "",
            "It opens nothing, and no rule counts them: what controllers and other stacks put into "
            "a subnet is in no program. heiiki cuts the control plane's subnets for what EKS "
            "advises ([network](../architecture/network.md))."),
    51: Row("Regions and partitions are declared, and known.", "CN-003 CN-166 CN-167 CN-168"),
    56: Row("Volumes, and parameters with keys, are encrypted.", "CN-055 CN-182 CN-225",
            "The other demands on a control plane of one's own: "
            "[self-hosted](../self-hosted/cis.md)."),
    58: Row("What VPCs carry and refuse is recorded.", "CN-240",
            f"It closes nothing, so the rule is advisory. Of a supplied VPC {_PLAN} tells. Who has "
            "called AWS, CloudTrail of the account records, which no stack makes."),
}  # fmt: skip

CHANNELS: Final[dict[int, Row]] = {
    1: Row("The control plane of EKS sends past the VPC.", "CN-062 CN-143"),
    2: Row("Names are asked of the VPC's resolver.", "CN-126 CN-127 CN-122 CN-123 CN-124 CN-125"),
    3: Row("An endpoint of S3 reaches anybody's bucket.", "CN-083 CN-085 CN-086 CN-007"),
    4: Row("STS gives out a foreign role, or foreign credentials are carried in.",
           "CN-085 CN-086 CN-087 CN-130"),
    5: Row("Images are pushed, replicated or cached elsewhere.",
           "CN-086 CN-131 CN-134 CN-135 CN-222"),
    6: Row("A connection leads to a network that has a way out.",
           "CN-005 CN-006 CN-020 CN-022 CN-024 CN-025 CN-031 CN-032"),
    7: Row("An endpoint leads to a service of somebody else.", "CN-080 CN-081 CN-082 CN-025"),
    8: Row("A gateway or a translating machine leads out.",
           "CN-005 CN-010 CN-011 CN-012 CN-013 CN-014 CN-030"),
    9: Row("Something public stands in front.",
           "CN-015 CN-110 CN-112 CN-140 CN-142 CN-153 CN-178"),
    10: Row("Systems Manager carries sessions and outputs.", "CN-001 CN-085 CN-086",
            "Who may start a session, and so forward a port, is held to own principals and own "
            "machines at the endpoint (CN-085, CN-086), and then to what IAM grants: a person who "
            "may is a way in, and a way out for what they read. Documents for forwarding are AWS's "
            "own; no rule reads who may use which. Of outputs to buckets CN-086; "
            "synchronization to others is a type that CN-001 refuses."),
    11: Row("Services of AWS deliver, replicate and grant.",
            "CN-133 CN-134 CN-154 CN-132 CN-160 CN-230 CN-001",
            f"What people ask AWS for past the program: {_GUARD_RAILS}."),
    12: Row("Something computes outside the VPC.", "CN-001 CN-171 CN-229 CN-231 CN-250",
            f"What others of the account start: {_GUARD_RAILS}."),
    13: Row("Something is shared with another account.",
            "CN-025 CN-021 CN-150 CN-152 CN-159 CN-001",
            f"By calls past the program: {_GUARD_RAILS}."),
    14: Row("EKS runs a capability, or asks an issuer.", "CN-071 CN-072"),
    15: Row("An endpoint takes no policy.", "CN-083"),
    16: Row("Pods take the credentials of their node.", "CN-052 CN-053 CN-148 CN-149"),
    17: Row("Nodes report to their makers, and programs to those that sell them.",
            "CN-207 CN-201 CN-145",
            "Metering of AWS Marketplace has no rule of its own: its images come from a registry "
            "of others, which CN-145 refuses. One that is copied, and meters all the same, finds "
            "no way: no packet leaves (CN-005)."),
    18: Row("Denied requests, names of AWS and timing carry a few bits.", "",
            f"It cannot be closed: {_NOT_GUARDED}, residual signals."),
}  # fmt: skip
