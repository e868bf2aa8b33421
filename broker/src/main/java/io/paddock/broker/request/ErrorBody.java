package io.paddock.broker.request;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.http.MediaType;

/** An error in the form of the Open Service Broker API, where no controller answers. */
public final class ErrorBody {

    private ErrorBody() {}

    /** @param description without quotation marks and backslashes */
    public static void write(HttpServletResponse response, int status, String description) throws IOException {
        response.setStatus(status);
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.getOutputStream()
                .write(("{\"description\":\"" + description + "\"}").getBytes(StandardCharsets.UTF_8));
    }
}
