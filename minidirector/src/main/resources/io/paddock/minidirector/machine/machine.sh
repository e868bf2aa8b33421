#!/bin/sh
# A machine of the minidirector: a set of namespaces (mount, pid, IPC, UTS) that its first process holds open. The director
# makes and ends machines with this script; ./paddock down, the tests and operators also list and enter them. The kernel ends all processes with the first one.
#
#   machine.sh start MACHINE DISK VCAP [NETWORK BRIDGE LINK ADDRESS...]
#       MACHINE  the machine's directory: vcap becomes /var/vcap, tmp becomes /tmp
#       DISK     directory of its persistent disk, or empty
#       VCAP     id of the user vcap if this is root; otherwise vcap is the user that this is
#       and, for a network namespace of its own, that of the host (a path), the host's bridge, on which all machines reach each other and the
#       host, whatever their subnets, and nobody else, a name for the host's end of the machine's network device, and the machine's addresses
#   machine.sh members MACHINE            ids of its processes but the first one, as the machine numbers them
#   machine.sh enter MACHINE COMMAND...   runs a command in it, as its root
#   machine.sh signal MACHINE SIGNAL      to each process that a pid file names
#   machine.sh kill MACHINE               ends it
#
# The file "holder" in the directory names the first process: its id on the host, its mount namespace and its pid namespace. An earlier
# minidirector's machine has no pid namespace, and no third word there: its processes are those in its mount namespace.
set -eu
umask 022

read_holder() {
  pid='' mounts='' processes=''
  [ -s "$machine/holder" ] && read -r pid mounts processes <"$machine/holder"
}

# The number may have gone to another process since, and so may that of the namespace.
is_alive() {
  read_holder && [ "$(readlink "/proc/$pid/ns/mnt" 2>/dev/null)" = "$mounts" ] &&
    grep -q "/${machine##*/}/vcap /var/vcap " "/proc/$pid/mountinfo" 2>/dev/null
}

# The first process gives up its mount namespace early, and ends when all others have ended.
has_ended() {
  [ "$(readlink "/proc/$pid/ns/pid" 2>/dev/null)" = "$processes" ] || return 0
  case $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null) in '' | Z* | X*) return 0 ;; esac
  return 1
}

members() {
  if [ -n "$processes" ]; then
    for entry in "/proc/$pid/root/proc"/[0-9]*; do
      number=${entry##*/}
      [ "$number" = 1 ] || [ ! -e "$entry/ns/mnt" ] || echo "$number"
    done
  else
    find /proc/[0-9]*/ns/mnt -maxdepth 0 -lname "${mounts%%\[*}?${mounts#*\[}" 2>/dev/null | while IFS=/ read -r _ _ number _; do
      [ "$number" = "$pid" ] || ! grep -q "/${machine##*/}/vcap /var/vcap " "/proc/$number/mountinfo" 2>/dev/null || echo "$number"
    done
  fi
}

enter() {
  if [ "$(id -u)" -eq 0 ]; then set -- --net "$@"; else set -- --user --preserve-credentials "$@"; fi
  [ -z "$processes" ] || set -- --pid --ipc --uts "$@"
  exec nsenter --target "$pid" --mount "$@"
}

start() {
  disk=$1 vcap=$2 group=$2
  [ "$(id -u)" -eq 0 ] || { vcap=$(id -u) group=$(id -g); }
  shift 2
  host=${1-} bridge=${2-} link=${3-}
  [ $# -eq 0 ] || shift 3
  if [ "$(id -u)" -eq 0 ]; then
    set -- --mount --ipc --uts ${host:+--net} -- sh "$0" first "$machine" "$disk" "$vcap" "$group" "$host" "$bridge" "$link" "$@"
  else
    set -- --user --map-current-user --keep-caps --mount --ipc --uts -- sh "$0" first "$machine" "$disk" "$vcap" "$group" '' '' '' "$@"
  fi
  exec setsid unshare "$@"
}

# In the new namespaces, but for the pid namespace, which begins with the next process.
first() {
  disk=$1 vcap=$2 group=$3 host=$4 bridge=$5 link=$6
  shift 6
  # /var is replaced by a tmpfs with the host's entries bound back, since /var/vcap need not exist there.
  mount -t tmpfs -o mode=755,size=1m tmpfs "$machine/var"
  for entry in /var/* /var/.[!.]*; do
    [ "$entry" != /var/tmp ] || continue
    target="$machine/var/${entry#/var/}"
    if [ -L "$entry" ]; then
      cp -P "$entry" "$target"
    elif [ -d "$entry" ] && [ "$entry" != /var/vcap ]; then
      mkdir "$target"
      mount --rbind "$entry" "$target"
    fi
  done
  mkdir "$machine/var/vcap" "$machine/var/tmp"
  mount --bind "$machine/vcap" "$machine/var/vcap"
  # Temporary files and shared memory are the machine's own.
  mount --bind "$machine/tmp" "$machine/var/tmp"
  [ ! -d /dev/shm ] || mount -t tmpfs -o mode=1777,nosuid,nodev,size=64m tmpfs /dev/shm
  [ -z "$disk" ] || mount --bind "$disk" "$machine/var/vcap/store"

  # Programs such as initdb want a name for their user id.
  { echo "vcap:x:$vcap:$group:vcap:/var/vcap:/bin/sh"; cat /etc/passwd; } >"$machine/passwd"
  { echo "vcap:x:$group:"; cat /etc/group; } >"$machine/group"
  mount --bind "$machine/passwd" /etc/passwd
  mount --bind "$machine/group" /etc/group

  [ -z "$host" ] || connect "$@"

  exec unshare --pid -- sh "$0" hold "$machine"
}

# Starts the first process, which is that of the pid namespace: this shell must not fork before.
hold() {
  # /tmp may hide the files by then.
  exec 3>"$machine/holder" 5<>"$machine/outcome"
  sh "$0" holder "$machine" <"$machine/line" &
  pid=$!
  # Without a complete file "holder" nobody would find it.
  trap 'kill -s KILL "$pid" 2>/dev/null || true' EXIT TERM INT
  line="$pid $(readlink "/proc/$pid/ns/mnt") $(readlink "/proc/$pid/ns/pid")"
  echo "$line" >"$machine/line"
  read -r outcome <&5
  [ "$outcome" = ready ]
  trap - EXIT TERM INT
}

# The machine's first process.
holder() {
  read -r line
  cd /
  if mount --rbind "$machine/var" /var && mount --bind "$machine/tmp" /tmp && mount -t proc -o nosuid,nodev,noexec proc /proc; then
    # The director takes the machine as started once this line is complete.
    echo "$line" >&3
    echo ready >&5
    exec 3>&- 5>&-
    # Whatever is left to it is reaped by the kernel: a process that ignores SIGCHLD has no zombies.
    exec env --ignore-signal=CHLD sleep infinity
  fi
  echo failed >&5
}

connect() {
  outside() { nsenter --net="$host" ip "$@"; }
  # Two machines may be made at once. With an address of its own the bridge keeps it, whatever is connected to it.
  outside link show "$bridge" >/dev/null 2>&1 ||
    outside link add name "$bridge" address 02:00:5e:00:00:01 type bridge 2>/dev/null || outside link show "$bridge" >/dev/null
  outside addr replace 169.254.77.1/32 dev "$bridge"
  outside link set "$bridge" up
  # A machine that is recreated with an address is reached at once: others remember the hardware's address.
  # shellcheck disable=SC2046,SC2183 # four numbers
  mac=$(printf '02:42:%02x:%02x:%02x:%02x' $(echo "$1" | tr . ' '))
  ip link add eth0 address "$mac" type veth peer name "$link" netns "$host"
  outside link set "$link" master "$bridge" up
  for address in "$@"; do ip addr add "$address/32" dev eth0; done
  ip link set lo up
  ip link set eth0 up
  ip route add default dev eth0 src "$1"
  for address in "$@"; do outside route replace "$address/32" dev "$bridge"; done
}

signal() {
  for file in "$machine"/vcap/sys/run/bpm/*/*.pid; do
    number=$(cat "$file" 2>/dev/null) || continue
    case " $(members | tr '\n' ' ')" in *" $number "*) (enter kill -s "$1" "$number") 2>/dev/null || true ;; esac
  done
}

# Ends the machine, also if its first process is dead: of an earlier minidirector's machine the others live on then. Nobody may use its disk before all
# have ended.
end() {
  rounds=0
  if [ -n "$processes" ]; then
    has_ended || kill -s KILL "$pid" 2>/dev/null || true
  elif is_alive; then
    kill -s KILL "$pid" 2>/dev/null || true
  fi
  while if [ -n "$processes" ]; then ! has_ended; else [ -n "$(members)" ]; fi; do
    # They may have children meanwhile.
    [ -n "$processes" ] || members | xargs -r kill -s KILL 2>/dev/null || true
    rounds=$((rounds + 1))
    [ "$rounds" -lt 500 ] || { echo "processes of ${machine##*/} do not end" >&2; exit 1; }
    sleep 0.02
  done
  rm -f "$machine/holder"
  # Those that held its processes' limits.
  find /sys/fs/cgroup -maxdepth 2 -type d -name "paddock-${machine##*/}-*" -exec rmdir {} + 2>/dev/null || true
}

command=$1 machine=$2
shift 2
case $command in
  start)
    rm -f "$machine/line" "$machine/outcome" "$machine/holder"
    mkfifo "$machine/line" "$machine/outcome"
    start "$@"
    ;;
  first | hold | holder) "$command" "$@" ;;
  members) ! is_alive || members ;;
  enter)
    is_alive || { echo "the machine ${machine##*/} does not run" >&2; exit 1; }
    enter "$@"
    ;;
  signal) ! is_alive || signal "$@" ;;
  kill) ! read_holder || end ;;
  *)
    echo "usage: machine.sh start|members|enter|signal|kill MACHINE ..." >&2
    exit 2
    ;;
esac
