package io.paddock.contracts.service;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.regex.Pattern;

/** A log's message without characters that would end its line or steer a terminal. */
public final class OneLineMessage extends MessageConverter {

    /** Control characters, those that turn the direction of text among them, and the other ends of a line. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\u2028\\u2029]+");

    @Override
    public String convert(ILoggingEvent event) {
        return CONTROL.matcher(super.convert(event)).replaceAll(" ");
    }
}
