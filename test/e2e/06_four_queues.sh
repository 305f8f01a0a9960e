#!/bin/sh
# Goal: four readers that share an interface by fanout find what one reader finds.
SENSOR_BEFORE="--queues 4" exec sh "$(dirname "$0")/01_arpspoof.sh"
