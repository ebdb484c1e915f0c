# The programs themselves, as a person types them: what every whole-program test in a guest relies on.
set -e
mkdir -p -m 700 /tmp/programs/run /tmp/programs/state
export XDG_RUNTIME_DIR=/tmp/programs/run XDG_STATE_HOME=/tmp/programs/state
xm pool-create pool1 ncpu=4
xm pool-list | grep -q '^pool1 *6-9 *credit '
xend --stop --private
rm -r /tmp/programs
