package io.paddock.minidirector.task;

import java.util.stream.Collectors;

/** How the director shortens a task's result: to 129 characters, and then without the last word of every line. */
final class TaskResult {

    private static final int LONGEST = 129;

    private TaskResult() {}

    static String shorten(String text) {
        if (text.length() <= LONGEST) {
            return text;
        }
        return text.substring(0, LONGEST - 3).lines().map(TaskResult::withoutLastWord).collect(Collectors.joining("\n"))
                + "...";
    }

    private static String withoutLastWord(String line) {
        int end = line.lastIndexOf(' ');
        return end > 0 ? line.substring(0, end) : line;
    }
}
