"""Run the benchmark: python -m tests.benchmarks [options]."""

from tests.benchmarks import runner

if __name__ == "__main__":
    runner.main()
