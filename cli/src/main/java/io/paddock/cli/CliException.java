package io.paddock.cli;

/** What stands in a command's way, in words that the user reads as they are; the command exits with 1. */
class CliException extends RuntimeException {

    CliException(String message) {
        super(message);
    }
}
