package io.paddock.cli;

import java.io.PrintWriter;
import java.time.Duration;

/** What an operation does now: one line that changes in place on a terminal, a line for each change elsewhere. */
class ProgressLine {

    private static final String CLEARED = "\r\033[K";

    private final PrintWriter out;
    private final int columns;
    private final long start = System.nanoTime();
    private String shown = "";

    /** @param columns of the terminal, 0 if there is none */
    ProgressLine(PrintWriter out, int columns) {
        this.out = out;
        this.columns = columns;
    }

    void show(String description) {
        if (columns > 0) {
            String text = "  " + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s  " + description;
            // A line that wraps can't be written over.
            out.print(CLEARED + text.substring(0, Math.min(text.length(), columns - 1)));
        } else if (!description.isEmpty() && !description.equals(shown)) {
            out.println("  " + description);
        }
        shown = description;
        out.flush();
    }

    /** The last word; in place of the line. */
    void end(String description) {
        if (columns > 0) {
            out.print(CLEARED);
        }
        if (!description.isEmpty() && (columns > 0 || !description.equals(shown))) {
            out.println("  " + description);
        }
        out.flush();
    }
}
