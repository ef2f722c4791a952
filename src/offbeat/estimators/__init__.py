"""What detectors and classifiers share: settings, saving, registry, scaling, inputs, randomness."""
