package io.paddock.spi.parameter;

/** A setting of PostgreSQL that users may give a value, under PostgreSQL's own name. */
public record Parameter(String name, Application application, ParameterType type, String description) {

    /** What brings a new value into force. */
    public enum Application {
        /** SQL on the application's database, for the sessions that start after it; no restart. */
        DATABASE,
        /** SQL and a reload, for all sessions of the server; no restart. */
        SERVER,
        /** The keepers of a cluster, who read it in the database. */
        KEEPER,
        /** A deployment, which restarts the server. */
        RESTART
    }
}
