#!/bin/sh
# Starts a process as bpm does, with bubblewrap in the place of runc. It runs in the machine, as its root, in a mount namespace of its own.
#   bpm.sh PIDFILE CGROUP OPEN_FILES MEMORY PROCESSES COUNT NOEXEC... BUBBLEWRAP_ARGUMENTS...
#   CGROUP      a name for the control group that holds it, where there is a limit of memory (bytes) or processes; empty for no limit
#   OPEN_FILES  at most the machine's hard limit; empty for the machine's
#   NOEXEC      COUNT volumes from which nothing is executed
# Standard input holds further arguments of bubblewrap, NUL-separated: those that set the environment, which no process list shows.
# The pid file names the container's first process, as the machine numbers it.
set -eu
pidfile=$1 cgroup=$2 open_files=$3 memory=$4 processes=$5 count=$6
shift 6
exec 5<&0 </dev/null

while [ "$count" -gt 0 ]; do
  # Bound on itself here, it is noexec also where bubblewrap binds it.
  mount -o bind,noexec,nosuid,nodev "$1" "$1"
  count=$((count - 1))
  shift
done

# shellcheck disable=SC3045 # dash knows it
if [ -n "$open_files" ]; then
  # Root could raise it; bpm does not.
  hard=$(ulimit -Hn)
  [ "$hard" = unlimited ] || [ "$open_files" -le "$hard" ] || { echo "open_files is $open_files, this machine allows $hard" >&2; exit 1; }
  ulimit -n "$open_files"
fi

# CONTROLLER FILE_OF_VERSION_1 FILE_OF_VERSION_2 VALUE
limit() {
  group=/sys/fs/cgroup/$1/$cgroup file=$2
  if [ ! -d "/sys/fs/cgroup/$1" ]; then
    echo "+$1" >/sys/fs/cgroup/cgroup.subtree_control || return
    group=/sys/fs/cgroup/$cgroup file=$3
  fi
  mkdir -p "$group" && echo "$4" >"$group/$file" && echo 0 >"$group/cgroup.procs" || return
  # Swap is limited where the kernel counts it.
  case $1 in memory) { echo "$4" >"$group/memory.memsw.limit_in_bytes" || echo 0 >"$group/memory.swap.max"; } 2>/dev/null || true ;; esac
}
# What the kernel refuses is told when the platform starts, and noted here.
[ -z "$memory" ] || limit memory memory.limit_in_bytes memory.max "$memory" || echo "no limit of memory: this machine's control groups can't be used" >&2
[ -z "$processes" ] || limit pids pids.max pids.max "$processes" || echo "no limit of processes: this machine's control groups can't be used" >&2

fifo=$pidfile.info
rm -f "$fifo"
mkfifo "$fifo"
# A user other than root gives up its capabilities in this namespace: bubblewrap wants either root or none.
[ "$(id -u)" -eq 0 ] || set -- --unshare-user "$@"
# A shell lets what it starts in the background ignore these two signals.
setsid env --default-signal=INT,QUIT setpriv --ambient-caps=-all --inh-caps=-all bwrap --args 5 --info-fd 3 "$@" 3>"$fifo" 4>"$fifo" &
exec 5<&-
pid=
while read -r key value; do
  case $key in
    '"child-pid":') pid=${value%,} ;;
    # Said by the container's shell right before it becomes the process: what fails earlier leaves no pid file.
    ready)
      # tini, which passes signals on, is there when the shell is gone.
      while read -r name <"/proc/$pid/comm" && [ "$name" = sh ]; do :; done 2>/dev/null
      echo "$pid" >"$pidfile.next"
      mv "$pidfile.next" "$pidfile"
      break
      ;;
  esac
done <"$fifo"
rm -f "$fifo"
[ -s "$pidfile" ]
