package io.paddock.broker.operator;

/** The texts that operators read of what they did, and in the report of a comparison: the one table of them, which docs/texts.md shows. */
enum OperatorText {
    WOKEN("it goes on at once", "a retry of an operation in progress"),
    BEGUN_AGAIN("begun again", "a retry of an operation that failed"),
    TASK_BEING_CANCELLED("the director's task %s is being cancelled", "a cancel while the director works"),
    CANCELLED("cancelled", "a cancel between two steps"),
    FAILED("it has failed", "a fail"),
    FORGOTTEN("forgotten; what is left is the deployment %s", "a purge"),
    ORPHAN_DELETED("being deleted with its variables", "the deletion of a deployment of no instance"),
    ADOPTED("adopted, and being brought up to date", "an adoption"),
    REDEPLOYED("being deployed again", "a redeploy"),
    ACCOUNT_REMOVED("removed", "the removal of a leftover account"),
    NOTHING_COMPARED("nothing could be looked at: %s", "report: the deployer or the director is away"),
    NOT_COMPARED("%s: %s", "report: an instance could not be looked at, and why"),
    BROKER_STOPS("the broker is stopping", "report: why the rest was not looked at"),
    LOOKED_TOO_LONG(
            "not looked at, because looks that failed took five minutes", "report: why the rest was not looked at"),
    PART_AWAY("not looked at, because %s", "report: why the rest was not looked at");

    private final String text;
    private final String when;

    /**
     * @param text what operators read, with {@code %s} for what depends on the case
     * @param when the condition, for those who look a text up
     */
    OperatorText(String text, String when) {
        this.text = text;
        this.when = when;
    }

    String text(Object... details) {
        return text.formatted(details);
    }

    /** The table as Markdown. */
    static String table() {
        StringBuilder table = new StringBuilder("| text | when |\n|---|---|\n");
        for (OperatorText one : values()) {
            table.append("| %s | %s |\n".formatted(one.text.replace("%s", "..."), one.when));
        }
        return table.toString();
    }
}
