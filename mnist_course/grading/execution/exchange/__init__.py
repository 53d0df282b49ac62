"""Exchange plain values between the process of the student's code and that of the tests."""
