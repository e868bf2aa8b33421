package io.paddock.contracts;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * An error as an RFC 9457 problem document, media type {@code application/problem+json}.
 *
 * @param title the HTTP status in words
 * @param status the HTTP status
 * @param detail what the user of the service instance may read
 * @param operatorMessage what the operator must know: ids, causes, what to do; never a secret
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
        @Nullable String title,
        int status,
        @Nullable String detail,
        @Nullable String operatorMessage) {

    public static final String MEDIA_TYPE = "application/problem+json";
}
