"""What lies on a machine's own disk before its first boot, beside the image. Pure.

To systemd a machine is a container; to what user data starts it is an instance of EC2, as on EC2:
two small programs answer in place of the hardware, and cloud-init has no other data source.
"""

from collections.abc import Mapping

from local.machines.description import MachineSpec, WorldSpec
from local.machines.metadata import host_name

BUNDLE = "etc/ssl/certs/ca-certificates.crt"
PROGRAMS_FOLDER = "usr/lib/heiiki/bin"

FILES: Mapping[str, str] = {
    # Addresses are set from outside, in place of DHCP. Of the modules, those that user data of a
    # machine without packages, SSH keys and locales can want.
    "etc/cloud/cloud.cfg.d/90_heiiki.cfg": """\
datasource_list: [Ec2]
datasource: {Ec2: {metadata_urls: ["http://169.254.169.254"], max_wait: 60, timeout: 5}}
network: {config: disabled}
prefer_fqdn_over_hostname: true  # as on AL2023: a node is called as EC2 calls its machine
cloud_init_modules: [migrator, seed_random, bootcmd, write-files, disk_setup, mounts, set_hostname,
  update_hostname, update_etc_hosts, ca-certs, users-groups]
cloud_config_modules: [set-passwords, ntp, timezone, runcmd]
cloud_final_modules: [scripts-vendor, scripts-per-once, scripts-per-boot, scripts-per-instance,
  scripts-user, final-message, power-state-change]
""",
    "etc/cloud/ds-identify.cfg": "policy: enabled\n",
    "etc/systemd/journald.conf.d/heiiki.conf": """\
[Journal]
Storage=persistent
ForwardToConsole=yes
MaxLevelConsole=info
RateLimitIntervalSec=0
""",
    "etc/systemd/system.conf.d/heiiki.conf": f"""\
[Manager]
DefaultEnvironment=PATH=/{PROGRAMS_FOLDER}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
DefaultTimeoutStopSec=10s
ShowStatus=no
LogColor=no
""",
}
# /run/heiiki/uuid is written when a machine is switched on.
PROGRAMS: Mapping[str, str] = {
    "systemd-detect-virt": """\
#!/bin/sh
case " $* " in
  *" --container "*|*" -c "*|*" --chroot "*|*" -r "*) answer=none ;;
  *) answer=amazon ;;
esac
case " $* " in *" --quiet "*|*" -q "*) ;; *) echo "$answer" ;; esac
[ "$answer" != none ]
""",
    "dmidecode": """\
#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in -s|--string) key=$2; shift ;; --string=*) key=${1#*=} ;; esac
  shift
done
case "$key" in
  system-uuid|system-serial-number) cat /run/heiiki/uuid ;;
  system-manufacturer|chassis-manufacturer|bios-vendor) echo "Amazon EC2" ;;
  *) echo "Not Specified" ;;
esac
""",
}
# For hardware that is not there, for packages that come from nowhere, for people at a screen; and
# mounts that lead to the kernel of the machine beneath.
MASKED_UNITS = (
    "apt-daily-upgrade.timer", "apt-daily.timer", "cloud-init-hotplugd.socket",
    "console-getty.service", "dev-hugepages.mount", "dpkg-db-backup.timer", "e2scrub_all.timer",
    "e2scrub_reap.service", "fstrim.timer", "getty@tty1.service", "sys-fs-fuse-connections.mount",
    "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "systemd-timesyncd.service",
    "systemd-udev-trigger.service", "systemd-udevd-control.socket",
    "systemd-udevd-kernel.socket", "systemd-udevd.service",
)  # fmt: skip


def first_files(
    world: WorldSpec, machine: MachineSpec, authority_pem: str, image_bundle: str
) -> dict[str, str]:
    """Path to text. The authority stands in the bundle, and where the bundle is made from."""
    domain = host_name(world, machine).partition(".")[2]
    return {
        **FILES,
        "etc/resolv.conf": f"nameserver {world.resolver}\nsearch {domain}\noptions timeout:2\n",
        "usr/local/share/ca-certificates/heiiki-local.crt": authority_pem,
        BUNDLE: image_bundle + authority_pem,
    }


def first_programs() -> dict[str, str]:
    return {f"{PROGRAMS_FOLDER}/{name}": text for name, text in PROGRAMS.items()}


def first_links() -> dict[str, str]:
    """Path to what it points at."""
    return {f"etc/systemd/system/{unit}": "/dev/null" for unit in MASKED_UNITS}
