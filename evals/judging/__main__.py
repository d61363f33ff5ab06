"""Run the measurement of judging: `python -m evals.judging`."""

from evals.judging.run import main

if __name__ == "__main__":
    main()
