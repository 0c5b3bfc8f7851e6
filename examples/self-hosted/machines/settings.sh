#!/bin/sh
# At each boot, before pods are started; to be run again does no harm.
set -eu
sysctl --load=/etc/sysctl.d/90-site.conf
