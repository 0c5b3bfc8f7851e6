"""Names: who is where, as the resolver answers."""

from ipaddress import IPv4Address

from dnslib import RCODE, DNSRecord

from local.machines.name_server import LONGEST_UDP, NameServer
from local.machines.names import addresses_of, records_of
from tests.local.machines import worlds

ENDPOINTS = (IPv4Address("10.0.1.200"),)


def records():
    world = worlds.world()
    return records_of(world, [worlds.one()], world.records)


def test_services_that_have_an_endpoint_have_a_name_and_no_others() -> None:
    there = records()
    for service in ("s3", "sts", "ec2", "carried.s3", "a.b.s3"):
        assert addresses_of(f"{service}.ap-northeast-1.amazonaws.com", there) == ENDPOINTS, service
    for name in ("kms.ap-northeast-1.amazonaws.com", "s3.us-east-1.amazonaws.com",
                 "x.sts.ap-northeast-1.amazonaws.com", "amazonaws.com", "example.com"):  # fmt: skip
        assert addresses_of(name, there) is None, name


def test_registries_have_their_own_names() -> None:
    world = worlds.world()
    ends = world.endpoints.model_copy(update={"services": ("ecr.api", "ecr.dkr")})
    there = records_of(world.model_copy(update={"endpoints": ends}), [], {})
    domain = "ecr.ap-northeast-1.amazonaws.com"
    assert addresses_of(f"api.{domain}", there) == ENDPOINTS
    assert addresses_of(f"123456789012.dkr.{domain}", there) == ENDPOINTS


def test_machines_and_private_zones_are_there_in_any_case() -> None:
    there = records()
    assert addresses_of("Member.Etcd.Internal.", there) == (IPv4Address("10.0.1.20"),)
    host = "ip-10-0-1-10.ap-northeast-1.compute.internal"
    assert addresses_of(host, there) == (IPv4Address("10.0.1.10"),)


def test_a_name_that_is_there_ends_what_a_star_above_it_stands_for() -> None:
    one, two = (IPv4Address("10.0.0.9"),), (IPv4Address("10.0.0.8"),)
    there = {"*.internal": one, "etcd.internal": two}
    assert addresses_of("api.internal", there) == one
    assert addresses_of("etcd.internal", there) == two
    assert addresses_of("x.etcd.internal", there) is None


def reply(name: str, kind: str = "A", limit: int = LONGEST_UDP) -> DNSRecord:
    names = NameServer()
    names.records = records() | {"many.internal": tuple(map(IPv4Address, range(1, 100)))}
    said = names.reply(bytes(DNSRecord.question(name, kind).pack()), limit)
    assert said is not None
    return DNSRecord.parse(said)


def test_the_resolver_answers_as_resolvers_do() -> None:
    said = reply("member.etcd.internal")
    assert [str(answer.rdata) for answer in said.rr] == ["10.0.1.20"]
    assert said.header.ra == 1
    assert reply("nobody.internal").header.rcode == RCODE.NXDOMAIN
    empty = reply("member.etcd.internal", "AAAA")
    assert (empty.header.rcode, empty.rr) == (RCODE.NOERROR, []), "it is there, without IPv6"


def test_an_answer_that_is_too_long_says_so_and_comes_over_tcp() -> None:
    assert reply("many.internal").header.tc == 1
    assert len(reply("many.internal", limit=65535).rr) == 99


def test_what_is_no_question_is_dropped() -> None:
    names = NameServer()
    answer = DNSRecord.question("x.internal", "A").reply()
    for data in (b"", b"\0" * 5, b"\xff" * 40, bytes(answer.pack())):
        assert names.reply(data, LONGEST_UDP) is None
