"""Make .venv-airflow: a real Airflow from hash-locked requirements, apart from Brickyard's own environment.

The lock is made from tests/airflow/requirements.in:
uv pip compile --python-version 3.11 --generate-hashes --no-header --no-annotate tests/airflow/requirements.in
"""

from infra.setup import ROOT, create, pip_install, say, stamp_of

AIRFLOW = ROOT / ".venv-airflow"


def make_environment() -> None:
    """Nothing unless the lock changed."""
    stamp, wanted = AIRFLOW / ".brickyard-stamp", stamp_of("airflow")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("making .venv-airflow (half a GB)")
    create(AIRFLOW)
    pip_install(AIRFLOW, "airflow")
    stamp.write_text(wanted)
