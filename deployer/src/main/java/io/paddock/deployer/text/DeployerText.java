package io.paddock.deployer.text;

import io.paddock.contracts.service.ProblemException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** The texts with which the deployer tells users that it can't do what it was asked for: the one table of them, which docs/texts.md shows. The broker passes them on. */
public enum DeployerText {
    NOT_THERE(HttpStatus.NOT_FOUND, "%s does not exist", "a deployment, task, variable or template is not known"),
    OTHER_WORK(
            HttpStatus.CONFLICT,
            "Other work on this instance goes on",
            "a task of the director works on the deployment"),
    TAKEN_OVER(HttpStatus.GONE, "The operation was taken over", "the step came later than the broker's lease allows"),
    NEWER_CHANGE(
            HttpStatus.PRECONDITION_FAILED,
            "A newer change was made since",
            "a worker that was paused wants to deploy"),
    REFUSED(
            HttpStatus.UNPROCESSABLE_CONTENT,
            "The deployment was refused",
            "the director or config server refuses the manifest: the deployer's log and bosh task say why"),
    AWAY(
            HttpStatus.SERVICE_UNAVAILABLE,
            "The platform does not answer now",
            "director, UAA or config server are away, or do not know the deployer");

    private final HttpStatus status;
    private final String text;
    private final String when;

    /**
     * @param text what the user reads, with {@code %s} for what depends on the request
     * @param when the condition, for those who look a text up
     */
    DeployerText(HttpStatus status, String text, String when) {
        this.status = status;
        this.text = text;
        this.when = when;
    }

    public ProblemException because(String operatorMessage) {
        return because(operatorMessage, null);
    }

    public ProblemException because(String operatorMessage, @Nullable Throwable cause) {
        return new ProblemException(status, text, operatorMessage, cause);
    }

    /** 404. */
    public static ProblemException notThere(String what) {
        String text = NOT_THERE.text.formatted(what);
        return new ProblemException(NOT_THERE.status, text, text);
    }

    /** The table as Markdown. */
    static String table() {
        StringBuilder table = new StringBuilder("| status | text | when |\n|---|---|---|\n");
        for (DeployerText one : values()) {
            table.append("| %s | %s | %s |\n".formatted(one.status.value(), one.text.replace("%s", "..."), one.when));
        }
        return table.toString();
    }
}
