#!/bin/sh
# Two ranks on each of two hosts, which are network namespaces that a pair of veth joins: MPI goes over TCP. The link is cut in
# mid-run: the ranks of both hosts must end by themselves, those of the first must name one of the second, and the run must go on
# with one process. mpirun itself may wait for the host that it has lost, and is ended here.
#   two_hosts.sh BUILD_FOLDER    77: namespaces are forbidden here, or there is no mpirun.
set -eu
train=$1/bin/c3d_train
timeout=5
skip() { echo "SKIPPED: $1"; exit 77; }
command -v ip >/dev/null && command -v mpirun >/dev/null || skip "needs ip (iproute2) and mpirun"
"$train" --version >/dev/null
a=c3d-a-$$ b=c3d-b-$$
ip netns add "$a" 2>/dev/null || skip "network namespaces are forbidden here (ip netns add, as root)"
folder=$(mktemp -d)
job=
end() {
  [ -z "$job" ] || kill -9 "$job" 2>/dev/null || true
  for name in "$a" "$b"; do
    for process in $(ip netns pids "$name" 2>/dev/null); do kill -9 "$process" 2>/dev/null || true; done
    ip netns del "$name" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap end EXIT
ip netns add "$b"
ip link add "va$$" netns "$a" type veth peer name "vb$$" netns "$b" || skip "veth pairs are forbidden here"
ip -n "$a" addr add 10.77.0.1/24 dev "va$$"
ip -n "$b" addr add 10.77.0.2/24 dev "vb$$"
for pair in "$a va$$" "$b vb$$"; do
  set -- $pair
  ip -n "$1" link set lo up
  ip -n "$1" link set "$2" up
done

# What mpirun starts on the other host, which has a name of its own.
cat >"$folder/agent" <<END
#!/bin/sh
shift
exec ip netns exec $b unshare --uts sh -c "hostname c3d-b; \$*"
END
chmod +x "$folder/agent"
cat >"$folder/start" <<END
hostname c3d-a
exec mpirun --allow-run-as-root --mca plm_rsh_agent $folder/agent --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 \
  --mca oob_tcp_if_include 10.77.0.0/24 --host 10.77.0.1:2,10.77.0.2:2 -np 4 $train --out $folder/run --rank-timeout $timeout \
  --data synth:clips=32,validation=4 --set recipe=none --set width=0.03 --set crop=16 --set resize_width=20 \
  --set resize_height=18 --set batch=1 --set accumulate=4 --set steps=100000 --set snapshot_every=2 --set validate_every=1000 \
  --set device=cpu --set threads=1 --set plan=fixed
END
ip netns exec "$a" unshare --uts sh "$folder/start" >"$folder/output" 2>&1 &
job=$!
ranks() { pgrep -fc -- "^$train --out $folder/run" || true; }
for second in $(seq 60); do
  [ ! -e "$folder/run/last.safetensors" ] || break
  sleep 1
done
[ "$(ranks)" -eq 4 ] || { cat "$folder/output"; echo "two_hosts: $(ranks) ranks train, not 4"; exit 1; }
ip -n "$a" link set "va$$" down
for second in $(seq $((timeout + 30))); do
  [ "$(ranks)" -gt 0 ] || break
  sleep 1
done
[ "$(ranks)" -eq 0 ] || { cat "$folder/output"; echo "two_hosts: $(ranks) ranks are left ${second} s after the cut"; exit 1; }
grep -q "^c3d_train: rank [23] on host c3d-b has not been heard of for $timeout s" "$folder/output" ||
  { cat "$folder/output"; echo "two_hosts: nobody named the host that was lost"; exit 1; }
timeout -s TERM 10 "$train" --out "$folder/run" --resume >"$folder/resumed" 2>&1 || true
grep -q "going on after step" "$folder/resumed" || { cat "$folder/resumed"; echo "two_hosts: the run does not go on"; exit 1; }
echo "two_hosts: all ranks ended within ${second} s of the cut; the run goes on"
