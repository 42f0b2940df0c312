# Sourced by test scripts: Debian's dockerd as an oracle, in a network namespace of its own.
#
#   start_dockerd [flags…]    sets $DOCKERD_SOCKET; returns 1 where dockerd is not installed
#   stop_dockerd              ends it and its containerd, removes what it made
DOCKERD_DIR=${DOCKERD_DIR:-/tmp/mydock-test-dockerd$$}
DOCKERD_SOCKET=$DOCKERD_DIR/docker.sock
DOCKERD_NETNS=mydock-test-dockerd$$

start_dockerd() {
  command -v dockerd >/dev/null || { echo "SKIPPED: dockerd (Debian's docker.io) is not installed" >&2; return 1; }
  mkdir -p "$DOCKERD_DIR"
  ip netns add "$DOCKERD_NETNS"
  nsenter --net=/run/netns/"$DOCKERD_NETNS" ip link set lo up
  echo '{}' > "$DOCKERD_DIR/daemon.json"
  nsenter --net=/run/netns/"$DOCKERD_NETNS" dockerd -H "unix://$DOCKERD_SOCKET" --data-root "$DOCKERD_DIR/data" \
    --exec-root "$DOCKERD_DIR/run" --pidfile "$DOCKERD_DIR/pid" --cgroup-parent "/mydock-test-dockerd$$" \
    --config-file "$DOCKERD_DIR/daemon.json" "$@" >"$DOCKERD_DIR/log" 2>&1 &
  DOCKERD_PID=$!
  for _ in $(seq 300); do
    curl -fs --unix-socket "$DOCKERD_SOCKET" http://d/_ping >/dev/null 2>&1 && return 0
    kill -0 "$DOCKERD_PID" 2>/dev/null || break
    sleep 0.1
  done
  echo "SKIPPED: dockerd does not start here: $(tail -n 1 "$DOCKERD_DIR/log")" >&2
  stop_dockerd
  return 1
}

stop_dockerd() {
  local ids
  ids=$(docker -H "unix://$DOCKERD_SOCKET" ps -aq 2>/dev/null)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || docker -H "unix://$DOCKERD_SOCKET" rm -f -v $ids >/dev/null 2>&1
  kill -TERM "$DOCKERD_PID" 2>/dev/null
  wait "$DOCKERD_PID" 2>/dev/null
  for group in /sys/fs/cgroup/*/"mydock-test-dockerd$$"; do
    [ -d "$group" ] && find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
  done
  awk -v dir="$DOCKERD_DIR" 'index($5, dir) == 1 {print $5}' /proc/self/mountinfo | sort -r | xargs -r -n 1 umount
  ip netns del "$DOCKERD_NETNS" 2>/dev/null
  rm -rf --one-file-system "$DOCKERD_DIR"
  return 0
}
