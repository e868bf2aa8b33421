package io.paddock.contracts.service;

import ch.qos.logback.classic.spi.IThrowableProxy;
import java.util.regex.Pattern;
import org.springframework.boot.logging.logback.ExtendedWhitespaceThrowableProxyConverter;

/** A log's stack trace in which further lines of an exception's message are marked, unless they look like lines of a trace. */
public final class MarkedTrace extends ExtendedWhitespaceThrowableProxyConverter {

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\u2028\\u2029&&[^\\n\\t]]+");
    /** Lines of a trace begin with a tab or with one of these words; its first line follows an empty one. */
    private static final Pattern FURTHER = Pattern.compile("(?<!^)\\n(?!\\t|Caused by: |Wrapped by: |\\n|$)");

    @Override
    protected String throwableProxyToString(IThrowableProxy thrown) {
        String trace = CONTROL.matcher(super.throwableProxyToString(thrown)).replaceAll(" ");
        return FURTHER.matcher(trace).replaceAll("\n    | ");
    }
}
