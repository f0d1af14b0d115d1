"""The main job as a daily Airflow task; needs Airflow 3 and apache-airflow-providers-apache-spark. Read docs/schedules.md.

Link or copy this file into the folder of DAGs. `spark-submit` must be on the PATH of the worker (.venv/bin has one), and the
connection `brickyard_spark` names the master, in client deploy mode: the exit code of the job is that of `spark-submit`.
"""

import os
import re
from datetime import datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from airflow.sdk import DAG

HOME = os.environ.get("BRICKYARD_HOME", "/opt/brickyard")  # the checkout, after `make setup`
CONFIG = os.environ.get("BRICKYARD_CONFIG", f"{HOME}/curate.toml")

FINAL = {
    2: "the configuration is wrong",
    3: "there is no input, or it is bad",
    4: "the gate failed; the release before stays",
}
"""Exit codes after which another try would end the same way. The others may pass: 5 in use, 6 storage, 1 and signals."""


class SubmitCuration(SparkSubmitOperator):
    """`spark-submit`, tried again only where that can help."""

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowException as error:
            code = exit_code(error)
            if code in FINAL:
                raise AirflowFailException(f"brickyard curate ended with {code}: {FINAL[code]}") from error
            raise


def exit_code(error: AirflowException) -> int | None:
    """The exit code of `spark-submit`, which the hook only puts into words."""
    found = re.search(r"Error code is: (-?\d+)", str(error))
    return int(found[1]) if found else None


with DAG(
    dag_id="brickyard",
    description="New files into the warehouse, and a release if the gate holds",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # the job reads what is there: yesterday's run has nothing to add to today's
    max_active_runs=1,  # one run at a time holds a warehouse
    default_args={"retries": 3, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=12)},
) as dag:
    SubmitCuration(
        task_id="curate",
        conn_id="brickyard_spark",
        application=f"{HOME}/jobs/curate.py",
        application_args=["--config", CONFIG],
        properties_file=f"{HOME}/infra/spark-defaults.conf",
        name="brickyard curate",
        verbose=False,
    )
