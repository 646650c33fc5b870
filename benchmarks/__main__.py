"""Run every benchmark: `make bench`."""

from benchmarks import pipeline, probe_engine

if __name__ == "__main__":
    probe_engine.main()
    pipeline.main()
