"""The wheel of `calloff.task`: what its packager needs."""
