from headroom_testing.simulator.fixture import simulator as simulator
