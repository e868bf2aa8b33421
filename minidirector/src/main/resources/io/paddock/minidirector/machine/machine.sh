#!/bin/sh
# Turns the mount namespace that it was started in into a machine, and holds it open.
#   $1  the machine's directory: vcap becomes /var/vcap, tmp becomes /tmp
#   $2  the directory of its persistent disk, or empty
#   $3  the id of the user vcap if this is root; otherwise vcap is the user that this is
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

# The director takes the machine as started once this line is complete; /tmp may hide the file by then.
exec 3>"$machine/holder"
mount --rbind "$machine/var" /var
mount --bind "$machine/tmp" /tmp
cd /
echo "$$ $(readlink "/proc/$$/ns/mnt")" >&3
exec 3>&-
exec sleep infinity
