package io.paddock.contracts.service;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;

/** Gives an application the edge that all services share: basic authentication, problem documents, limits for connections. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Import({
    ProblemAdvice.class,
    CallerAuthentication.class,
    ConnectionLimits.class,
    ReadableQueries.class,
    RequestDeadline.class
})
public @interface ServiceEdge {}
