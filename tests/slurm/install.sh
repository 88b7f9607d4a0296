#!/usr/bin/env bash
# Makes sure that Slurm is on this machine. Ends with 77 where it is not and cannot be installed.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
is_there() { command -v munged slurmctld slurmd sbatch srun >/dev/null; }
is_there && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "slurm: not installed; on Debian or Ubuntu: apt-get install slurmctld slurmd slurm-client munge" >&2
  exit 77
fi
policy=/usr/sbin/policy-rc.d # while it says 101, packages start no daemons
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
  trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
{ apt-get update && apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge; } >/dev/null 2>&1 || true
is_there && exit 0
echo "slurm: apt-get could not install it" >&2
exit 77
