"""A throw-away Slurm of several nodes on this host: no systemd, no cgroups, nothing in /etc."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from getpass import getuser
from pathlib import Path
from typing import Final, Self

SBIN: Final = f"{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/sbin"
CLIENTS: Final = ("srun", "sbatch", "squeue", "scancel", "scontrol", "sinfo", "sacct", "sacctmgr")
DEAD_AFTER_S: Final = 15  # a node that is silent for so long is down


def is_installed() -> bool:
    """Tell whether all daemons are on this host."""
    return all(shutil.which(name, path=SBIN) for name in ("munged", "slurmctld", "slurmd", "srun"))


class LocalSlurm:
    """Nodes n1, n2, ... of one partition; started and stopped as a context."""

    def __init__(self, folder: Path, n_nodes: int = 3, cpus: int = 4) -> None:
        self.folder = folder
        self.nodes = [f"n{k}" for k in range(1, n_nodes + 1)]
        self.cpus = cpus
        self.conf = folder / "slurm.conf"
        self.environment = os.environ | {
            "SLURM_CONF": str(self.conf),
            "PATH": f"{folder / 'bin'}{os.pathsep}{SBIN}",
        }

    def __enter__(self) -> Self:
        self._lay_out()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for path in sorted((self.folder / "run").glob("*.pid"), reverse=True):  # slurmd first
            _end(_pid(path))

    def run(self, *command: str) -> str:
        """Return what a client command of Slurm prints."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    def running(self) -> list[tuple[str, str]]:
        """Return number and node of every job that runs."""
        lines = self.run("squeue", "--noheader", "--states=R", "--format=%i %N").splitlines()
        return [(line.split()[0], line.split()[1]) for line in lines if len(line.split()) == 2]

    def kill_node(self, node: str) -> None:
        """Kill the daemons of a node; what its jobs have started lives on, as it may."""
        jobs = [job for job, where in self.running() if where == node]
        os.kill(_pid(self.folder / "run" / f"slurmd.{node}.pid"), signal.SIGKILL)
        for pid in _step_daemons(jobs):
            os.kill(pid, signal.SIGKILL)

    def ended(self) -> list[str]:
        """Return the states in which jobs ended."""
        words = (self.folder / "log" / "jobs.txt").read_text(encoding="utf-8").split()
        return [word.removeprefix("JobState=") for word in words if word.startswith("JobState=")]

    def _lay_out(self) -> None:
        for name in ("bin", "log", "run", "state", *(f"spool/{node}" for node in self.nodes)):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)  # munge refuses a folder that others may write
        (self.folder / "run").chmod(0o755)
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(1024))
        self.conf.write_text(self._settings(), encoding="utf-8")
        for name in CLIENTS:
            self._wrap(name)

    def _wrap(self, name: str) -> None:
        """Give a client its configuration: Snakemake drops SLURM_CONF before its inner srun."""
        real = shutil.which(name, path=SBIN)
        if real is not None:
            wrapper = self.folder / "bin" / name
            wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={self.conf} exec {real} "$@"\n')
            wrapper.chmod(0o755)

    def _settings(self) -> str:
        host, user, ports = _host(), getuser(), _free_ports(len(self.nodes) + 1)
        lines = [
            "ClusterName=local",
            f"SlurmctldHost={host}(127.0.0.1)",
            f"SlurmctldPort={ports[0]}",
            f"SlurmUser={user}",
            f"SlurmdUser={user}",
            "AuthType=auth/munge",
            f"AuthInfo=socket={self.folder}/run/munge.socket",
            "CredType=cred/munge",
            f"StateSaveLocation={self.folder}/state",
            f"SlurmdSpoolDir={self.folder}/spool/%n",
            f"SlurmctldPidFile={self.folder}/run/slurmctld.pid",
            f"SlurmdPidFile={self.folder}/run/slurmd.%n.pid",
            f"SlurmctldLogFile={self.folder}/log/slurmctld.log",
            f"SlurmdLogFile={self.folder}/log/slurmd.%n.log",
            "ProctrackType=proctrack/linuxproc",
            "TaskPlugin=task/none",
            "MpiDefault=none",
            "SwitchType=switch/none",
            "JobAcctGatherType=jobacct_gather/none",
            "SelectType=select/cons_tres",
            "SelectTypeParameters=CR_Core_Memory",
            "SchedulerParameters=sched_interval=5,bf_interval=5,sched_min_interval=100000",
            "SlurmdParameters=config_overrides",
            "ReturnToService=2",
            f"SlurmdTimeout={DEAD_AFTER_S}",
            "KillWait=5",
            "MinJobAge=3600",
            "JobRequeue=0",
            "JobCompType=jobcomp/filetxt",
            f"JobCompLoc={self.folder}/log/jobs.txt",
            "AccountingStorageType=accounting_storage/none",
            f"NodeName=DEFAULT CPUs={self.cpus} RealMemory=8000 State=UNKNOWN",
        ]
        lines += [
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port}"
            for node, port in zip(self.nodes, ports[1:], strict=True)
        ]
        nodes = ",".join(self.nodes)
        lines += [f"PartitionName=main Nodes={nodes} Default=YES MaxTime=INFINITE State=UP"]
        return "\n".join(lines) + "\n"

    def _start(self) -> None:
        run, log = self.folder / "run", self.folder / "log"
        self.run(
            *("munged", "--force", f"--key-file={self.folder}/munge.key", "--num-threads=2"),
            *(f"--socket={run}/munge.socket", f"--pid-file={run}/munged.pid"),
            *(f"--log-file={log}/munged.log", f"--seed-file={run}/munged.seed"),
        )
        self.run("slurmctld")
        wait_for("slurmctld", lambda: "UP" in self.run("scontrol", "ping"))
        for node in self.nodes:
            self.run("slurmd", "-N", node)
        wait_for("all nodes", self._all_idle)

    def _all_idle(self) -> bool:
        return set(self.run("sinfo", "-h", "-N", "-t", "idle", "-o", "%N").split()) == set(
            self.nodes
        )


def wait_for(what: str, is_so: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Wait until something is so; raises TimeoutError."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            if is_so():
                return
        except subprocess.SubprocessError:
            pass  # the daemon that was asked is not up yet
        time.sleep(0.2)
    raise TimeoutError(f"{what}: waited for {limit_s:g} s")


def _host() -> str:
    return socket.gethostname().partition(".")[0]


def _free_ports(n: int) -> list[int]:
    sockets = [socket.socket() for _ in range(n)]
    for listener in sockets:
        listener.bind(("127.0.0.1", 0))
    ports = [int(listener.getsockname()[1]) for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def _pid(path: Path) -> int:
    return int(path.read_text(encoding="utf-8"))


def _step_daemons(jobs: Sequence[str]) -> list[int]:
    """Return the daemons that watch the steps of jobs, whose titles are `slurmstepd: [7.0]`."""
    titles = tuple(f"slurmstepd: [{job}." for job in jobs)
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.read_bytes().decode(errors="replace").startswith(titles)
    ]


def _end(pid: int) -> None:
    """End a daemon that this host's test has started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, sign)
            wait_for(f"process {pid} to end", lambda: not Path(f"/proc/{pid}").exists(), 10)
        except (ProcessLookupError, TimeoutError):
            continue
