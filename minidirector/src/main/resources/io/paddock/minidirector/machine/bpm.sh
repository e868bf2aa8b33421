#!/bin/sh
# Starts a process as bpm does, with bubblewrap in the place of runc. It runs in the machine, as its root, in a mount namespace of its own.
#   bpm.sh PIDFILE PATH CGROUP OPEN_FILES MEMORY PROCESSES COUNT NOEXEC... BUBBLEWRAP_ARGUMENTS...
#   PATH        that the process gets
#   CGROUP      a name for the control group that holds it, where there is a limit of memory (bytes) or processes; empty for no limit
#   OPEN_FILES  at most the machine's hard limit; empty for the machine's
#   NOEXEC      COUNT volumes from which nothing is executed
# The pid file names the container's first process, as the machine numbers it.
set -eu
pidfile=$1 path=$2 cgroup=$3 open_files=$4 memory=$5 processes=$6 count=$7
shift 7

while [ "$count" -gt 0 ]; do
  # Bound on itself here, it is noexec also where bubblewrap binds it.
  mount -o bind,noexec,nosuid,nodev "$1" "$1"
  count=$((count - 1))
  shift
done

# shellcheck disable=SC3045 # dash knows it
[ -z "$open_files" ] || ulimit -n "$open_files"

# CONTROLLER FILE_OF_VERSION_1 FILE_OF_VERSION_2 VALUE
limit() {
  group=/sys/fs/cgroup/$1/$cgroup file=$2
  if [ ! -d "/sys/fs/cgroup/$1" ]; then
    echo "+$1" >/sys/fs/cgroup/cgroup.subtree_control || return
    group=/sys/fs/cgroup/$cgroup file=$3
  fi
  mkdir -p "$group" && echo "$4" >"$group/$file" && echo 0 >"$group/cgroup.procs"
}
# What the kernel refuses is told when the platform starts, and noted here.
[ -z "$memory" ] || limit memory memory.limit_in_bytes memory.max "$memory" || echo "no limit of memory: this machine's control groups can't be used" >&2
[ -z "$processes" ] || limit pids pids.max pids.max "$processes" || echo "no limit of processes: this machine's control groups can't be used" >&2

fifo=$pidfile.info
rm -f "$fifo"
mkfifo "$fifo"
# Who is no root gives up the rights in this namespace: bubblewrap wants either all or none.
[ "$(id -u)" -eq 0 ] || set -- --unshare-user "$@"
PATH=$path setsid /usr/bin/setpriv --ambient-caps=-all --inh-caps=-all /usr/bin/bwrap --info-fd 3 "$@" 3>"$fifo" 4>"$fifo" &
pid=
while read -r key value; do
  case $key in
    '"child-pid":') pid=${value%,} ;;
    # Said by the container's shell right before it becomes the process: what fails earlier leaves no pid file.
    ready)
      echo "$pid" >"$pidfile.next"
      mv "$pidfile.next" "$pidfile"
      break
      ;;
  esac
done <"$fifo"
rm -f "$fifo"
[ -s "$pidfile" ]
