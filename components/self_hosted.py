"""A control plane of our own and its nodes: wires the folders, decides nothing."""

import base64
from datetime import datetime
from typing import Any

import pulumi

from components.control_plane.api_endpoint import ApiEndpoint
from components.control_plane.api_name import ApiName
from components.control_plane.controllers import Controllers
from components.delivery.bundles import Bundles
from components.delivery.secret_store import SecretStore
from components.etcd.members import Members
from components.iam.roles import Roles
from components.network.network import NetworkView
from components.network.private_bucket import PrivateBucket
from components.network.private_zones import PrivateZones
from components.node_pools.workers import Workers
from components.pki.encryption import Encryption
from components.pki.pki import Pki
from machines.encryption import kms_name
from machines.kms_plugin import kms_plugin_parameter
from machines.kubeconfig import render_kubeconfig
from machines.self_hosted_bundles import kms_plugin_of, started_from
from plan.cluster import ClusterPlan
from plan.controllers import API_SERVER_PORT
from plan.errors import PlanError
from plan.etcd import EtcdMember, EtcdPlan
from plan.pki.expiry import check_expiry, expiry_rows, expiry_warnings
from plan.pki.files import (
    ENCRYPTION_CONFIG,
    STANDARD_MAX,
    StoredFile,
    encryption_file,
    encryption_mark,
    files_mark,
    plan_files,
)
from plan.pki.material import Supplied, joined
from plan.pki.table import CONTROLLER, WORKER
from plan.self_hosted.changes import OUTPUT
from plan.self_hosted.cluster import SelfHosted as SelfHostedPlan
from plan.self_hosted.needs import MACHINES_BUCKET


class SelfHosted(pulumi.ComponentResource):
    """PKI, etcd, controllers, the API's endpoints and nodes, in a network that is there.

    Keys, bundles, addresses and load balancers come before the machines that look for them; groups
    are made side by side, so that nothing waits in a ring.

    Args:
        supplied: what the operator has supplied of the PKI, sound.
        today: certificates that end soon are told of, and too soon refused.
    Outputs:
        outputs: for people, by the output's name.
    """

    outputs: dict[str, Any]

    def __init__(
        self,
        name: str,
        plan: ClusterPlan,
        *,
        supplied: Supplied,
        today: datetime,
        network: NetworkView,
        vpc_id: pulumi.Input[str],
        key_arn: pulumi.Output[str],
        roles: Roles,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:index:SelfHosted", name, None, opts)
        assert isinstance(plan.control_plane, SelfHostedPlan), "asked for by the kind"
        self._plan, self._own, self._network = plan, plan.control_plane, network
        self._key_arn, self._roles, self._today = key_arn, roles, today
        self._child = pulumi.ResourceOptions(parent=self)
        own = self._own
        self._started = started_from(plan)
        self._user_data = {role: found.user_data for role, found in self._started.items()}
        pki = Pki("pki", own.pki, supplied, opts=self._child)
        store = self._store(pki, supplied)
        bundles = self._bundles()
        self._zones = PrivateZones(
            "zones", dict.fromkeys((*own.etcd_zones, *own.endpoints.zones)), vpc_id=vpc_id,
            tags=plan.tags, more_vpc_ids=own.endpoints.zone_vpc_ids, opts=self._child,
        )  # fmt: skip
        self._marks = store.marks
        ready: list[pulumi.Resource] = [store, bundles]
        targets = self._target_groups(vpc_id)
        members = (
            self._members(own.etcd, ready, targets) if isinstance(own.etcd, EtcdPlan) else None
        )
        controllers = None if own.on_controllers else self._controllers(targets, ready)
        workers = self._workers(ready)
        self.outputs = {
            "kubernetesVersion": own.version,
            "clusterName": plan.spec.name,
            "apiEndpoints": {n: e.url for n, e in own.endpoints.endpoints.items()},
            "machinesBucket": own.bucket.name,
            "etcdVolumeIds": members.volume_ids if members else {},
            "etcdAddresses": members.addresses if members else {},
            "etcdGroups": members.group_names if members else {},
            **({"controllerGroup": controllers.group_name} if controllers else {}),
            "nodePools": workers.group_names,
            "certificatesEnd": self._expiry(pki),
            OUTPUT: own.record,
            **self._kubeconfigs(pki),
        }
        self.register_outputs(self.outputs)

    def _store(self, pki: Pki, supplied: Supplied) -> SecretStore:
        """Each role's files. The encryption's document is a secret where it holds keys; the KMS
        plugin's file is none, and names a key that is known only now."""
        own = self._own
        files = list(plan_files(own.pki, supplied.texts))
        contents: dict[str, pulumi.Input[str]] = {**pki.contents}
        marks = {}
        if own.encryption.kind == "kms":
            file_name = kms_plugin_parameter(kms_name(self._plan.spec.name))
            files.append(StoredFile(CONTROLLER, file_name, False, STANDARD_MAX))
            contents[file_name] = self._key_arn.apply(
                lambda arn: kms_plugin_of(self._plan, arn).content
            )
        else:
            made = Encryption(self._plan.spec.name, own.encryption, opts=self._child)
            files.append(encryption_file(own.encryption))
            contents[ENCRYPTION_CONFIG] = made.config
            marks[ENCRYPTION_CONFIG] = encryption_mark(own.encryption)
        return SecretStore(
            "store", files, contents, marks=marks, key_arn=self._key_arn, tags=self._plan.tags,
            opts=self._child,
        )  # fmt: skip

    def _bundles(self) -> Bundles:
        own, tags = self._own, self._plan.tags
        bucket = PrivateBucket(
            MACHINES_BUCKET, bucket_name=own.bucket.name, policy=own.bucket.policy,
            key_arn=self._key_arn, expiration_days=own.bucket.snapshot_days,
            expiration_prefix=own.bucket.snapshot_prefix, protected=own.deletion_protection,
            tags=tags, opts=self._child,
        )  # fmt: skip
        return Bundles(
            "bundles", {role: found.bundle for role, found in self._started.items()},
            bucket_name=own.bucket.name, tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[bucket]),
        )  # fmt: skip

    def _after(self, earlier: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=earlier)

    def _members(
        self, etcd: EtcdPlan, earlier: list[pulumi.Resource], targets: list[pulumi.Input[str]]
    ) -> Members:
        """targets: of the API's endpoints, whose targets members are where they live on
        controllers."""
        own = self._own
        return Members(
            "etcd", etcd, subnet_ids=self._network.subnet_ids,
            zone_id=self._zones.zone_ids[etcd.zone_name],
            security_group_ids=self._network.security_group_ids, key_arn=self._key_arn,
            instance_profile_arns=self._roles.instance_profile_arns,
            image_id=own.controller_image_id if etcd.on_controllers else own.etcd_image_id,
            user_data={n: self._user_data[m.machine_role] for n, m in etcd.members.items()},
            files_marks={n: self._mark(etcd, m) for n, m in etcd.members.items()},
            target_group_arns=targets if etcd.on_controllers else (),
            protected=own.deletion_protection, tags=self._plan.tags, opts=self._after(earlier),
        )  # fmt: skip

    def _mark(self, etcd: EtcdPlan, member: EtcdMember) -> pulumi.Output[str]:
        """Of the files that a member's machine reads, which may be a controller's too."""
        own = self._marks[member.role]
        if not etcd.on_controllers:
            return own
        return pulumi.Output.all(member=own, controller=self._marks[CONTROLLER]).apply(files_mark)

    def _controllers(
        self, targets: list[pulumi.Input[str]], earlier: list[pulumi.Resource]
    ) -> Controllers:
        own = self._own
        return Controllers(
            CONTROLLER, own.controllers, image_id=own.controller_image_id,
            subnet_ids=self._network.subnet_ids,
            security_group_id=self._network.security_group_ids[CONTROLLER], key_arn=self._key_arn,
            instance_profile_arn=self._roles.instance_profile_arns[CONTROLLER],
            user_data=self._user_data[CONTROLLER], files_mark=self._marks[CONTROLLER],
            target_group_arns=targets, tags=self._plan.tags,
            opts=self._after(earlier),
        )  # fmt: skip

    def _target_groups(self, vpc_id: pulumi.Input[str]) -> list[pulumi.Input[str]]:
        """Of every endpoint that ends here: that of a load balancer of ours, or the one that is
        supplied. Names that lead to others' are records alone."""
        found: list[pulumi.Input[str]] = []
        for endpoint in self._own.endpoints.endpoints.values():
            if endpoint.target_group_arn is not None:
                found.append(endpoint.target_group_arn)
            name = f"api-{endpoint.name}"
            if endpoint.leads_to is not None:
                ApiName(name, endpoint, zone_ids=self._zones.zone_ids, opts=self._child)
            if endpoint.balancer is not None:
                made = ApiEndpoint(
                    name, endpoint, endpoint.balancer, vpc_id=vpc_id,
                    subnet_ids=self._network.subnet_ids, zone_ids=self._zones.zone_ids,
                    security_group_id=self._network.security_group_ids[name],
                    tags=self._plan.tags, opts=self._child,
                )  # fmt: skip
                found.append(made.target_group_arn)
        return found

    def _workers(self, earlier: list[pulumi.Resource]) -> Workers:
        return Workers(
            "node-pools", self._plan.node_pools, user_data=self._user_data,
            files_mark=self._marks[WORKER],
            subnet_ids=self._network.subnet_ids,
            security_group_id=self._network.security_group_ids[WORKER], key_arn=self._key_arn,
            instance_profile_arns=self._roles.instance_profile_arns, tags=self._plan.tags,
            opts=self._after(earlier),
        )  # fmt: skip

    def _kubeconfigs(self, pki: Pki) -> dict[str, Any]:
        """One by IAM, as of EKS, at the name that people call; and, for when IAM cannot be asked, a
        short-lived certificate of this cluster alone."""
        plan, people = self._plan, self._own.kubeconfig
        administrator = None if plan.spec.access.operator else self._own.people[0].principal_arn
        by_iam = pki.contents["kubernetes-ca.crt"].apply(
            lambda authorities: render_kubeconfig(
                cluster_name=people.cluster_id,
                api_server_endpoint=people.server,
                certificate_authority_base64=base64.b64encode(
                    joined([authorities, people.also_trusted]).encode()
                    if people.also_trusted
                    else authorities.encode()
                ).decode(),
                region=plan.spec.region,
                role_arn=administrator,
            )
        )
        found: dict[str, Any] = {"kubeconfig": pulumi.Output.secret(by_iam)}
        own = f"https://{self._own.api_server_name}:{API_SERVER_PORT}"
        by_certificate = pki.administrator_kubeconfig(own)
        if by_certificate is not None:
            found["administratorKubeconfig"] = by_certificate
        return found

    def _expiry(self, pki: Pki) -> pulumi.Output[dict[str, str]]:
        """When each certificate ends. One that is made anew in this run has no end yet, and so is
        not judged; the others are, though a preview knows less than all: the administrator's is
        made anew in nearly every run."""
        ends = pki.not_after
        known = {name: _if_known(end) for name, end in ends.items()}
        judged = pulumi.Output.all(**known).apply(self._judge)
        return pulumi.Output.all(pulumi.Output.all(**ends), judged).apply(lambda both: both[0])

    def _judge(self, ends: dict[str, str | None]) -> None:
        asked = self._own.expiry
        sure = {name: end for name, end in ends.items() if end is not None}
        rows = expiry_rows(sure, asked, today=self._today)
        for warning in expiry_warnings(rows):
            pulumi.log.warn(warning)
        try:
            check_expiry(rows)
        except PlanError as error:
            raise pulumi.RunError(str(error)) from None


def _if_known(end: pulumi.Output[str]) -> pulumi.Output[str | None]:
    """None where this run does not know it yet."""
    told: Any = end.future()
    return pulumi.Output.from_input(told)
