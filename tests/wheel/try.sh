#!/usr/bin/env bash
# Builds the wheel, installs it into an empty environment, and runs a study there, outside the clone.
set -euo pipefail
clone=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset PYTHONPATH LCMS_COMMAND
"${PYTHON:-python3}" -m venv "$folder/environment"
pip="$folder/environment/bin/pip --quiet --disable-pip-version-check"
$pip wheel --no-deps --wheel-dir "$folder" "$clone"
$pip install --constraint "$clone/requirements.txt" "$folder"/*.whl
cd "$folder"
lcms="$folder/environment/bin/lcms"
"$lcms" simulate study --preset plain --seed 7 --unknowns 3
"$lcms" check study
"$lcms" run study --cores 2
"$lcms" show study/results -t Lac-Phe -r 'sim_*_unknown'
test "$(cat study/results/logs/gate.txt)" = "0 failed runs"
echo "the wheel runs a study: 1 passed, 0 failed"
