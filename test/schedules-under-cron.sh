#!/usr/bin/env bash
# Watches a schedule fire twice under a real cron daemon, from cron's bare environment; takes about two and a half minutes.
# Needs a build (npm run build) and Debian's cron, which it installs when it may; says that it was skipped otherwise.
# Leaves the crontab as it was and no process.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
sweep() { node "$root/bin/run.js" "$@"; }
skip() { echo "skipped because $1"; exit 0; }
fail() {
  echo "FAILED: $1"
  for file in "$work"/schedules/minutely/timer.log "$work"/schedules/minutely/firings/*; do
    [ -e "$file" ] && { echo "--- $file"; cat "$file"; }
  done
  exit 1
}

test -e "$root/dist/keeper.cjs" || skip 'it is not built'
if ! command -v crontab >/dev/null || ! command -v cron >/dev/null; then
  [ "$(id -u)" = 0 ] && (apt-get update -qq && apt-get install -y -qq cron) >/dev/null 2>&1
fi
command -v crontab >/dev/null && command -v cron >/dev/null || skip 'there is no cron here and it could not be installed'

work=$(mktemp -d)
daemon=
before=$(crontab -l 2>/dev/null)
tidy() {
  [ -d "$work/schedules/minutely" ] && sweep schedule remove minutely --folder "$work" >/dev/null 2>&1
  [ -n "$daemon" ] && kill "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null
  rm -rf "$work"
}
trap tidy EXIT
if ! pgrep -x cron >/dev/null && ! pgrep -x crond >/dev/null; then
  [ "$(id -u)" = 0 ] || skip 'no cron runs here, and only root may start one'
  cron -f &
  daemon=$!
  sleep 1
fi

# The trainer reports only where it was given what was kept and nothing else: so a finished sweep is the proof.
mkdir -p "$work/sweeps"
cat >"$work/sweeps/minutely.yaml" <<'YAML'
method: grid
metric: { name: loss, goal: minimize }
parameters: { x: { values: [1, 2] } }
seeds: 1
reuse: false
resources: { gpus: 0, cpus: 1 }
command: [sh, trainer.sh]
YAML
cat >"$work/trainer.sh" <<'SH'
env >"$SWEEP_TRIAL_DIR/environment.txt"
[ "$SWEEP_KEPT" = yes ] || exit 9
[ -z "${OF_THE_SHELL_ONLY:-}" ] || exit 8
helper-on-the-path && echo '{"loss": 1}' >>"$SWEEP_EVENTS"
SH
mkdir "$work/bin with % and blank"
printf '#!/bin/sh\nexit 0\n' >"$work/bin with % and blank/helper-on-the-path"
chmod +x "$work/bin with % and blank/helper-on-the-path"

echo "$(date +%T) adding a schedule for every minute"
PATH="$work/bin with % and blank:$PATH" SWEEP_KEPT=yes SWEEP_SOME_TOKEN=t0p OF_THE_SHELL_ONLY=1 SWEEP_LEASE_DIR="$work/leases" \
  sweep schedule add minutely --folder "$work" --at '* * * * *' --with crontab || fail 'it could not be added'
grep -q t0p -r "$work/schedules" && fail 'a value that looks like a secret was kept'
crontab -l | grep -qF "schedule' 'fire' 'minutely'" || fail 'nothing of it is in the crontab'

results() {
  sweep schedule list minutely --folder "$work" --json --last 9 | node -e '
    const { schedules } = JSON.parse(require("fs").readFileSync(0, "utf8"))
    for (const f of schedules[0].firings) console.log(f.outcome, f.exitCode ?? "-", f.sweep ?? "-", f.completed ?? "-", f.best?.mean ?? "-", f.tries)'
}
for _ in $(seq 75); do
  sleep 2
  seen=$(results)
  grep -q '^failed' <<<"$seen" && fail 'a sweep failed'
  [ "$(grep -c '^finished' <<<"$seen")" -ge 2 ] && break
done
results
[ "$(results | grep -cE '^finished 0 minutely\.[0-9]+ 2 1 1$')" -ge 2 ] || fail 'it did not fire twice in 150 s'
echo "$(date +%T) fired twice"
[ -s "$work/reports/minutely.1/report.html" ] && [ -s "$work/reports/minutely.2/report.html" ] || fail 'a report is missing'
times=$(for file in "$work"/schedules/minutely/firings/*.json; do basename "$file"; done | sort -u | wc -l)
[ "$times" -ge 2 ] || fail 'both firings were for the same time'
grep -qa '^SWEEP_SOME_TOKEN=' "$work"/runs/*/trials/*/environment.txt && fail 'a token reached a trial'
[ ! -s "$work/schedules/minutely/timer.log" ] || fail 'the timer had something to say'

sweep schedule remove minutely --folder "$work" || fail 'it could not be removed'
[ "$(crontab -l 2>/dev/null)" = "$before" ] || fail 'the crontab is not as it was'
# A firing that began meanwhile ends by itself.
for _ in $(seq 100); do
  pgrep -f "$work" >/dev/null || break
  sleep 0.2
done
! pgrep -fa "$work" || fail 'a process is left'
echo 'two sweeps ran from a real crontab, and nothing is left'
