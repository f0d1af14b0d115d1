"""Run by the Python of .venv-airflow: what the DAG's task decides for each exit code of spark-submit, as JSON."""

import json
import os
import sys

from airflow.dag_processing.dagbag import DagBag
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

CODES = (0, 1, 2, 3, 4, 5, 6, 137)


def decision(task) -> str:
    """What Airflow does next."""
    try:
        task.execute({})
    except AirflowFailException:
        return "fail"
    except AirflowException:
        return "retry"
    return "success"


def main() -> None:
    task = DagBag(sys.argv[1]).dags["brickyard"].get_task("curate")
    found = {}
    for code in CODES:
        os.environ["EXIT_CODE"] = str(code)
        found[code] = decision(task)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
