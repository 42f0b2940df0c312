# Sourced by test scripts: a daemon of its own, in a network namespace of its own.
#
#   start_daemon [mydockd flags…]     sets $SOCKET, $DAEMON_PID, $DATA_ROOT, $EXEC_ROOT, $CGROUP_PARENT
#   kill_daemon                       SIGKILL, as a crash
#   restart_daemon [flags…]           on the same data root
#   stop_daemon                       SIGTERM, and everything that the run made is removed
#
# $MYDOCK_BIN is the folder of the programs. Nothing of the machine's own network or cgroups changes.
MYDOCK_BIN=${MYDOCK_BIN:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/release/bin}
TEST_NAME=${TEST_NAME:-t$$}
TEST_DIR=${TEST_DIR:-/tmp/mydock-test-$TEST_NAME}
NETNS=mydock-test-$TEST_NAME
DATA_ROOT=$TEST_DIR/data
EXEC_ROOT=$TEST_DIR/run
SOCKET=$TEST_DIR/mydock.sock
CGROUP_PARENT=/mydock-test-$TEST_NAME
export DOCKER_HOST=unix://$SOCKET MYDOCK_HOST=unix://$SOCKET

make_netns() {
  ip netns add "$NETNS"
  nsenter --net=/run/netns/"$NETNS" ip link set lo up
}

run_daemon() {
  nsenter --net=/run/netns/"$NETNS" "$MYDOCK_BIN"/mydockd -H "$DOCKER_HOST" --data-root "$DATA_ROOT" \
    --exec-root "$EXEC_ROOT" --pidfile "$TEST_DIR/mydockd.pid" --cgroup-parent "$CGROUP_PARENT" \
    --config-file "$TEST_DIR/daemon.json" "$@" >>"$TEST_DIR/daemon.log" 2>&1 &
  DAEMON_PID=$!
  for _ in $(seq 200); do
    curl -fs --unix-socket "$SOCKET" http://d/_ping >/dev/null 2>&1 && return 0
    kill -0 "$DAEMON_PID" 2>/dev/null || break
    sleep 0.05
  done
  echo "the daemon did not come up:" >&2
  tail -n 20 "$TEST_DIR/daemon.log" >&2
  return 1
}

start_daemon() {
  mkdir -p "$TEST_DIR"
  [ -e "$TEST_DIR/daemon.json" ] || echo '{}' > "$TEST_DIR/daemon.json"
  [ -e /run/netns/"$NETNS" ] || make_netns
  run_daemon "$@"
}

kill_daemon() {
  kill -9 "$DAEMON_PID"
  wait "$DAEMON_PID" 2>/dev/null
}

restart_daemon() {
  kill -TERM "$DAEMON_PID" 2>/dev/null
  wait "$DAEMON_PID" 2>/dev/null
  run_daemon "$@"
}

stop_daemon() {
  local ids
  ids=$("$MYDOCK_BIN"/mydock ps -aq 2>/dev/null)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || "$MYDOCK_BIN"/mydock rm -f -v $ids >/dev/null 2>&1
  kill -TERM "$DAEMON_PID" 2>/dev/null
  wait "$DAEMON_PID" 2>/dev/null
  DAEMON_STATUS=$?
  for group in /sys/fs/cgroup/*/"${CGROUP_PARENT#/}" /sys/fs/cgroup/"${CGROUP_PARENT#/}"; do
    [ -d "$group" ] && find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
  done
  ip netns del "$NETNS" 2>/dev/null
  rm -rf --one-file-system "$TEST_DIR"
  return 0
}
