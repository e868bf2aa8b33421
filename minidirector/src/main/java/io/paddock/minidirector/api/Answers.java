package io.paddock.minidirector.api;

import io.paddock.minidirector.system.DirectorException;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;
import tools.jackson.databind.json.JsonMapper;

/** Answers as the director gives them: JSON that mostly calls itself HTML, and redirects to tasks. */
final class Answers {

    static final MediaType HTML = MediaType.parseMediaType("text/html;charset=utf-8");
    static final String CONTEXT_ID = "X-Bosh-Context-Id";

    private static final int LONGEST_CONTEXT_ID = 64;
    private static final JsonMapper MAPPER = new JsonMapper();

    private Answers() {}

    /** JSON under the content type that most routes of the director give it. */
    static ResponseEntity<String> html(@Nullable Object body) {
        return text(200, HTML, MAPPER.writeValueAsString(body));
    }

    static ResponseEntity<String> json(@Nullable Object body) {
        return text(200, MediaType.APPLICATION_JSON, MAPPER.writeValueAsString(body));
    }

    static ResponseEntity<String> html(int status, @Nullable Object body) {
        return text(status, HTML, MAPPER.writeValueAsString(body));
    }

    static ResponseEntity<String> text(int status, MediaType type, String body) {
        return ResponseEntity.status(status).contentType(type).body(body);
    }

    /** @throws DirectorException 40001 if the request's body has no such key */
    static String required(Map<String, Object> body, String key) {
        if (body.get(key) == null) {
            throw new DirectorException(40001, "Required property '" + key + "' was not specified in object");
        }
        return body.get(key).toString();
    }

    /** @throws DirectorException 70010 for a context id that is too long */
    static void checked(String contextId) {
        if (contextId.length() > LONGEST_CONTEXT_ID) {
            throw new DirectorException(70010, "X-Bosh-Context-Id cannot be more than 64 characters in length");
        }
    }

    /**
     * "Task started": a redirect to the task's address, built from the request's host; 302 as behind a proxy that speaks HTTP/1.0, which
     * {@link RedirectFilter} may change.
     */
    static ResponseEntity<String> started(long taskId) {
        URI location = ServletUriComponentsBuilder.fromCurrentContextPath()
                .path("/tasks/" + taskId)
                .build()
                .toUri();
        return ResponseEntity.status(HttpStatus.FOUND)
                .contentType(HTML)
                .location(location)
                .build();
    }
}
