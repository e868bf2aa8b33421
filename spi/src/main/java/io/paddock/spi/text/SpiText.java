package io.paddock.spi.text;

/**
 * The texts with which the service provider speaks to users, but for what databases answer: the one table of them, which docs/texts.md shows. The
 * broker passes them on.
 */
public enum SpiText {
    // Parameters
    INVALID_PARAMETERS(
            "400",
            "Invalid parameters: %s",
            "at least one parameter is at fault; each is named by one of the next rows"),
    UNKNOWN_PARAMETER("400", "there is no parameter '%s' (known are %s)", "a name that is not in the plan's schema"),
    MISSPELT_PARAMETER(
            "400",
            "there is no parameter '%s'; did you mean %s? (known are %s)",
            "a name that is nearly one of the schema"),
    LONG_PARAMETER("400", "there is no parameter with a name of %s characters", "a name of more than 64 characters"),
    NOT_AN_OBJECT("400", "the parameters must be a JSON object of names and values", "parameters of another type"),
    FLAG("400", "%s must be true or false", "another value of a parameter that is on or off"),
    NUMBER_IN_RANGE("400", "%s must be a number from %s to %s", "another value of a decimal number"),
    INTEGER_IN_RANGE("400", "%s must be a whole number from %s to %s", "another value of a whole number"),
    SIZE("400", "%s must be a size from %s to %s with its unit (kB, MB or GB), such as %s", "another value of a size"),
    SHARE(
            "400",
            "%s must be a share of the memory from %s%% to %s%%, such as \"25%%\"",
            "another value of a share of the memory"),
    CHOICE("400", "%s must be one of %s", "another value of a parameter that has a few"),
    TIME(
            "400",
            "%s must be a time from %s to %s with its unit (ms, s, min, h or d), such as %s",
            "another value of a time"),
    TIME_ZONE(
            "400",
            "%s must be a time zone, such as UTC, Europe/Berlin or America/New_York",
            "a name that is not in the IANA time zone database"),

    // Plans
    UNKNOWN_PLAN("404", "Plan '%s' does not exist", "a plan that is not offered (any more); 400 for the platform"),
    SMALLER_DISK(
            "422",
            "The plan can't be changed from %s to %s: its disk is smaller (%s GB instead of %s GB), and a disk never shrinks",
            "a change to a plan with a smaller disk"),
    FEWER_SERVERS(
            "422",
            "The plan can't be changed from %s to %s: a cluster of %s servers does not become %s, since it would lose its failover and, with a"
                    + " server, perhaps data. Create another service instance and move the data there",
            "a change to a plan with fewer servers"),
    UNDECLARED_CHANGE(
            "422",
            "The plan can't be changed from %s to %s: from %s it can be changed only to %s",
            "a change that the plan does not declare (spi.offering.plans[].changes)"),
    NO_CHANGE_AT_ALL(
            "422",
            "The plan can't be changed from %s to %s: %s can't be changed at all",
            "a change from a plan that declares none"),

    // What an update brings about
    MORE_SERVERS(
            "notice",
            "without downtime: %s more servers join the one that runs",
            "an update from one server to a cluster"),
    DISK_COPIED(
            "notice",
            "downtime while the disk is copied to a larger one",
            "an update of a single server to a larger disk"),
    RESTART("notice", "short downtime: the server restarts %s", "any other update of a single server that is deployed"),
    ROLLING_RESTART(
            "notice",
            "the servers restart one after the other %s; connections break for about a second, at most %s",
            "any other update of a cluster that is deployed"),
    WITH_PLAN("notice", "with plan %s", "why it restarts: another plan"),
    TO_CHANGE("notice", "to change %s", "why it restarts: parameters that need that"),
    TO_TAKE_RELEASE("notice", "to take release %s", "why it restarts: another release"),
    TO_TAKE_STEMCELL("notice", "to take stemcell %s %s", "why it restarts: another stemcell"),
    BIND_AGAIN(
            "advice",
            "Now bind your applications again (cf unbind-service, cf bind-service, cf restage): the credentials that they have name only the"
                    + " first server, and do not find the new primary after a failover.",
            "an update from one server to a cluster has succeeded"),

    // What stands in the way of a restart
    PREPARED_TRANSACTION_OPEN(
            "422",
            "max_prepared_transactions can't be %s now, since the server would not start: a prepared transaction is open: %s. End it with"
                    + " COMMIT PREPARED or ROLLBACK PREPARED",
            "more prepared transactions are open than the new max_prepared_transactions allows"),
    PREPARED_TRANSACTIONS_OPEN(
            "422",
            "max_prepared_transactions can't be %s now, since the server would not start: %s prepared transactions are open: %s. End them with"
                    + " COMMIT PREPARED or ROLLBACK PREPARED",
            "the same, of several"),
    LOCKS_HELD(
            "422",
            "prepared transactions (%s) hold %s locks, but max_locks_per_transaction and the other limits would leave room for only %s, and the"
                    + " server would not start now. End them with COMMIT PREPARED or ROLLBACK PREPARED",
            "prepared transactions hold more locks than the new max_locks_per_transaction times the limits of connections, prepared transactions"
                    + " and workers"),
    CONNECTIONS_OPEN(
            "422",
            "max_connections can't be %s now: %s connections of applications are open, and it leaves them %s. Close some, for example with"
                    + " fewer connections in each application's pool",
            "more connections of applications are open than the new max_connections leaves them"),

    // The platform
    UNKNOWN_ACCOUNT(
            "404",
            "An account of a binding named '%s' does not exist",
            "an operator removes an account with such a name"),
    SLOW(
            "410",
            "The platform is slow",
            "a step of an operation came later than the broker's lease allows; it is tried again"),
    INCOMPLETE("422", "The instance is not complete", "the deployment's outputs lack something that a database has");

    private final String kind;
    private final String text;
    private final String when;

    /**
     * @param kind the status that the broker gets, or what else the text is part of
     * @param text what the user reads, with {@code %s} for what depends on the request
     * @param when the condition, for those who look a text up
     */
    SpiText(String kind, String text, String when) {
        this.kind = kind;
        this.text = text;
        this.when = when;
    }

    /** The text as the user reads it. */
    public String text(Object... details) {
        return text.formatted(details);
    }

    /** The table as Markdown. */
    static String table() {
        StringBuilder table = new StringBuilder("| status | text | when |\n|---|---|---|\n");
        for (SpiText one : values()) {
            table.append("| %s | %s | %s |\n"
                    .formatted(one.kind, one.text.replace("%s", "...").replace("%%", "%"), one.when));
        }
        return table.toString();
    }
}
