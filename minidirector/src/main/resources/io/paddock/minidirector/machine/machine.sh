#!/bin/sh
# Turns the mount namespace that it was started in into a machine, and holds it open.
#   $1  the machine's directory: vcap becomes /var/vcap, tmp becomes /tmp
#   $2  the directory of its persistent disk, or empty
#   $3  the id of the user vcap if this is root; otherwise vcap is the user that this is
# If the machine has a network namespace of its own, also
#   $4  path of the host's network namespace
#   $5  the host's bridge, on which all machines reach each other and the host, whatever their subnets, and nobody else
#   $6  a name for the host's end of the machine's network device
#   $7  and more: the machine's addresses
# /var is laid anew as a tmpfs with the host's entries bound back, since /var/vcap need not exist there.
set -eu
umask 022
machine=$1 disk=$2
if [ "$(id -u)" -eq 0 ]; then vcap=$3 group=$3; else vcap=$(id -u) group=$(id -g); fi

mount -t tmpfs -o mode=755,size=1m tmpfs "$machine/var"
for entry in /var/* /var/.[!.]*; do
  target="$machine/var/${entry#/var/}"
  if [ -L "$entry" ]; then
    cp -P "$entry" "$target"
  elif [ -d "$entry" ] && [ "$entry" != /var/vcap ]; then
    mkdir "$target"
    mount --rbind "$entry" "$target"
  fi
done
mkdir "$machine/var/vcap"
mount --bind "$machine/vcap" "$machine/var/vcap"
[ -z "$disk" ] || mount --bind "$disk" "$machine/var/vcap/store"

# Programs such as initdb want a name for their user id.
{ echo "vcap:x:$vcap:$group:vcap:/var/vcap:/bin/sh"; cat /etc/passwd; } >"$machine/passwd"
{ echo "vcap:x:$group:"; cat /etc/group; } >"$machine/group"
mount --bind "$machine/passwd" /etc/passwd
mount --bind "$machine/group" /etc/group

if [ $# -gt 6 ]; then
  host=$4 bridge=$5 link=$6
  shift 6
  outside() { nsenter --net="$host" ip "$@"; }
  # Two machines may be made at once. With an address of its own the bridge keeps it, whatever is connected to it.
  outside link show "$bridge" >/dev/null 2>&1 ||
    outside link add name "$bridge" address 02:00:5e:00:00:01 type bridge 2>/dev/null || outside link show "$bridge" >/dev/null
  outside addr replace 169.254.77.1/32 dev "$bridge"
  outside link set "$bridge" up
  # A machine that is made anew with an address is reached at once: others remember the hardware's address.
  # shellcheck disable=SC2046,SC2183 # four numbers
  mac=$(printf '02:42:%02x:%02x:%02x:%02x' $(echo "$1" | tr . ' '))
  ip link add eth0 address "$mac" type veth peer name "$link" netns "$host"
  outside link set "$link" master "$bridge" up
  for address in "$@"; do ip addr add "$address/32" dev eth0; done
  ip link set lo up
  ip link set eth0 up
  ip route add default dev eth0 src "$1"
  for address in "$@"; do outside route replace "$address/32" dev "$bridge"; done
fi

# The director takes the machine as started once this line is complete; /tmp may hide the file by then.
exec 3>"$machine/holder"
mount --rbind "$machine/var" /var
mount --bind "$machine/tmp" /tmp
cd /
echo "$$ $(readlink "/proc/$$/ns/mnt")" >&3
exec 3>&-
exec sleep infinity
