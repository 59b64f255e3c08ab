"""Judges many documents with Harbor's own validator. Runs in Harbor's environment: it may import nothing of ours."""

import json
import sys
from pathlib import Path

from harbor.utils.trajectory_validator import TrajectoryValidator  # type: ignore[import-not-found]


def main() -> None:
    wrong = {}
    for line in sys.stdin:
        path = Path(line.strip())
        validator = TrajectoryValidator()
        try:
            if not validator.validate(path):
                wrong[str(path)] = validator.get_errors()
        except AttributeError as error:  # it stumbles over a step that is no object
            wrong[str(path)] = [str(error)]
    print(json.dumps(wrong))


if __name__ == "__main__":
    main()
