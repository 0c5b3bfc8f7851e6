"""Which zones offer which instance types, also in regions of which moto has no list."""

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from local.aws.extensions.registry import Call, Passed, extends

BY_ZONE = INSTANCE_TYPE_OFFERINGS["availability-zone"]


@extends(
    "ec2",
    "DescribeInstanceTypeOfferings",
    "moto offers nothing in China, GovCloud and the newest regions; here, all types in all zones",
)
def describe_instance_type_offerings(call: Call) -> Passed:
    if call.region not in BY_ZONE:
        BY_ZONE[call.region] = [
            {"InstanceType": name, "Location": zone.name, "LocationType": "availability-zone"}
            for zones in RegionsAndZonesBackend.zones.values()
            for zone in zones
            if zone.region_name == call.region
            for name in INSTANCE_TYPES
        ]
    return call.pass_on()
