"""Run every benchmark: `make bench`."""

from benchmarks import fairness, pipeline, probe_engine

if __name__ == "__main__":
    probe_engine.main()
    fairness.main()
    pipeline.main()
