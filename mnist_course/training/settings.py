"""Settings of the guide's training run, without importing Keras."""

EPOCHS = 5
BATCH_SIZE = 150
