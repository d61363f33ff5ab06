"""Run the measurement of reading: `python -m evals.plan`."""

from evals.plan.run import main

if __name__ == "__main__":
    main()
