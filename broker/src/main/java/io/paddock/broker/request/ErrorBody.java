package io.paddock.broker.request;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.http.MediaType;

/** An error in the form of the Open Service Broker API, where no controller answers. */
public final class ErrorBody {

    private ErrorBody() {}

    /**
     * Answers with a refusal, and with its status.
     *
     * @param details what its text leaves open, without quotation marks and backslashes
     */
    public static void write(HttpServletResponse response, Refusal refusal, Object... details) throws IOException {
        write(response, refusal.reason().status(), refusal, details);
    }

    /** Answers with a refusal's text, and with a status that says more than its own. */
    public static void write(HttpServletResponse response, int status, Refusal refusal, Object... details)
            throws IOException {
        response.setStatus(status);
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.getOutputStream()
                .write(("{\"description\":\"" + refusal.text(details) + "\"}").getBytes(StandardCharsets.UTF_8));
    }
}
