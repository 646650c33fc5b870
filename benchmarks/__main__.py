"""Run the benchmarks of a check: `make bench`. `benchmarks.hundred_thousand` takes longer and is run by itself."""

from benchmarks import fairness, pipeline, probe_engine, prometheus

if __name__ == "__main__":
    probe_engine.main()
    fairness.main()
    pipeline.main()
    prometheus.main()
