package io.paddock.minidirector.system;

/**
 * An error that the director reports with a code. As the answer to a request it has an HTTP status; in a task it becomes the
 * last line of the event stream.
 */
public class DirectorException extends RuntimeException {

    /** The code of everything that has none of its own. */
    public static final int UNCODED = 100;

    private final int code;
    private final int status;

    public DirectorException(int code, int status, String message) {
        super(message);
        this.code = code;
        this.status = status;
    }

    /** An error with the director's usual status, 400. */
    public DirectorException(int code, String message) {
        this(code, 400, message);
    }

    public static DirectorException taskNotFound(Object id) {
        return new DirectorException(10000, 404, "Task " + id + " not found");
    }

    public static DirectorException deploymentNotFound(String name) {
        return new DirectorException(70000, 404, "Deployment '" + name + "' doesn't exist");
    }

    public static DirectorException uncoded(String message) {
        return new DirectorException(UNCODED, message);
    }

    public int code() {
        return code;
    }

    public int status() {
        return status;
    }
}
