package io.paddock.minidirector.task;

import java.util.regex.Pattern;

/** How the director shortens a task's result: cut to 129 characters, and then the last word of every line is dropped. */
final class TaskResult {

    private static final int LONGEST = 128;
    private static final Pattern LAST_WORD = Pattern.compile("\\s+?(\\S+)?$", Pattern.MULTILINE);

    private TaskResult() {}

    static String shorten(String text) {
        String stripped = text.strip();
        if (stripped.length() <= LONGEST) {
            return stripped;
        }
        return LAST_WORD.matcher(stripped.substring(0, LONGEST + 1)).replaceAll("") + "...";
    }
}
