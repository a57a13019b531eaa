# SPDX-License-Identifier: Apache-2.0
# Numbers of the public data set bfi by psych, OpenMx and rpf, and the rows as CSV files for
# metodctl. Rscript bfi.R FOLDER writes FOLDER/*.csv and FOLDER/reference.json.
suppressPackageStartupMessages({
	library(psych)
	library(psychTools)
	library(OpenMx)
	library(rpf)
	library(jsonlite)
})
folder <- commandArgs(trailingOnly = TRUE)[1]
data(bfi)
scales <- list(
	agree = c("-A1", "A2", "A3", "A4", "A5"), conscientious = c("C1", "C2", "C3", "-C4", "-C5"),
	extraversion = c("-E1", "-E2", "E3", "E4", "E5"), neuroticism = paste0("N", 1:5),
	openness = c("O1", "-O2", "O3", "O4", "-O5"))
all <- data.frame(id = rownames(bfi), bfi[, 1:25])
write.csv(all, file.path(folder, "bfi.csv"), row.names = FALSE, quote = FALSE)

classical <- lapply(scales, function(keyed) {
	items <- sub("-", "", keyed)
	x <- bfi[complete.cases(bfi[, items]), items]
	turned <- items[startsWith(keyed, "-")]
	x[, turned] <- 7 - x[, turned]
	a <- suppressWarnings(alpha(x, check.keys = FALSE, warnings = FALSE))
	f <- factanal(covmat = cov(x), factors = 1, n.obs = nrow(x), rotation = "none")
	# On the correlations, brought back to the units of the answers: "raw".
	s <- sapply(x, sd)
	loadings <- as.numeric(f$loadings) * s
	uniquenesses <- f$uniquenesses * s^2
	k <- ncol(x)
	n <- nrow(x)
	raw <- a$total$raw_alpha
	list(items = items, reverse = turned, n = n, alpha = raw,
		alpha_ci = 1 - (1 - raw) * qf(c(.975, .025), n - 1, (n - 1) * (k - 1)),
		omega = sum(loadings)^2 / (sum(loadings)^2 + sum(uniquenesses)),
		mean = mean(rowMeans(x)), sd = sd(rowMeans(x)),
		item_mean = as.numeric(colMeans(x)), item_sd = as.numeric(sapply(x, sd)),
		item_rest = as.numeric(a$item.stats$r.drop),
		alpha_if_dropped = as.numeric(a$alpha.drop$raw_alpha))
})

# Graded response model by marginal maximum likelihood: BA81 of OpenMx over the items of rpf.
graded <- function(x, grid) {
	m <- as.data.frame(lapply(x, function(v) mxFactor(v, levels = 1:6)))
	spec <- rep(list(rpf.grm(outcomes = 6)), ncol(x))
	start <- mxMatrix(name = "item", values = mxSimplify2Array(lapply(spec, rpf.rparam)),
		free = TRUE)
	start$values[] <- c(1, seq(2, -2, length.out = 5))
	colnames(start) <- colnames(x)
	rownames(start) <- c("f", rownames(start$values)[-1])
	rownames(start$values)[1] <- "f"
	model <- mxModel("grm", start, mxData(observed = m, type = "raw"),
		mxExpectationBA81(spec, qpoints = grid, qwidth = 6), mxFitFunctionML(),
		mxComputeSequence(list(mxComputeEM("expectation", "scores", mxComputeNewtonRaphson(),
			tolerance = 1e-9, maxIter = 2000))))
	fit <- mxRun(model, silent = TRUE)
	p <- fit$item$values
	list(loglik = as.numeric(fit$output$fit) / -2, a = as.numeric(p[1, ]),
		b = lapply(seq_len(ncol(p)), function(j) as.numeric(-p[-1, j] / p[1, j])),
		spec = spec, values = p)
}
# EAP and its error on 241 nodes with the probabilities of rpf.
scores <- function(x, spec, p) {
	theta <- seq(-6, 6, length.out = 241)
	log_p <- lapply(seq_along(spec), function(j) log(rpf.prob(spec[[j]], p[, j], theta)))
	w0 <- dnorm(theta, log = TRUE)
	t(apply(as.matrix(x), 1, function(row) {
		l <- w0
		for (j in which(!is.na(row))) l <- l + log_p[[j]][row[j], ]
		w <- exp(l - max(l))
		w <- w / sum(w)
		m <- sum(w * theta)
		c(m, sqrt(sum(w * theta^2) - m^2))
	}))
}
n <- scales$neuroticism
whole <- bfi[complete.cases(bfi[, n]), n]
some <- bfi[rowSums(!is.na(bfi[, n])) > 0, n]
models <- lapply(list(complete = whole, missing = some), function(x) {
	write.csv(data.frame(id = rownames(x), x),
		file.path(folder, paste0("n", nrow(x), ".csv")), row.names = FALSE, quote = FALSE)
	g <- graded(x, 61)
	s <- scores(x, g$spec, g$values)
	list(file = paste0("n", nrow(x), ".csv"), n = nrow(x), loglik = g$loglik, a = g$a, b = g$b,
		id = rownames(x), eap = s[, 1], psd = s[, 2])
})
entry <- whole[1:300, ]
exit <- whole[c(301:500, 1:100), ]
rownames(exit) <- rownames(entry)
write.csv(data.frame(id = rownames(entry), entry), file.path(folder, "entry.csv"),
	row.names = FALSE, quote = FALSE)
write.csv(data.frame(id = rev(rownames(exit)), exit[300:1, ]), file.path(folder, "exit.csv"),
	row.names = FALSE, quote = FALSE)
m1 <- rowMeans(entry)
m2 <- rowMeans(exit)
al <- sapply(list(entry, exit), function(x) alpha(x, warnings = FALSE)$total$raw_alpha)
sem <- c(sd(m1), sd(m2)) * sqrt(1 - al)
paired <- t.test(m2, m1, paired = TRUE)
error <- sqrt(sum(sem^2))
change <- list(n = 300, alpha = al, mean = c(mean(m1), mean(m2)), sd = c(sd(m1), sd(m2)),
	r12 = cor(m1, m2), se_diff_jt = sqrt(2) * sem[1], se_diff = error,
	down = sum(m2 - m1 < -1.96 * error), up = sum(m2 - m1 > 1.96 * error),
	mean_change = mean(m2 - m1), ci = as.numeric(paired$conf.int),
	t = as.numeric(paired$statistic), d_av = mean(m2 - m1) / ((sd(m1) + sd(m2)) / 2))
# How long R takes for what `make bench-core` times: the fit above, and the reliability of
# 100,000 rows of 40 items. Medians of three.
took <- function(work) median(replicate(3, system.time(work())[["elapsed"]]))
set.seed(1)
many <- 1.5 + outer(rnorm(1e5), rep(1, 40)) + matrix(rnorm(4e6), ncol = 40)
many <- as.data.frame(pmin(pmax(round(many), 0), 3))
seconds <- list(calibrate = took(function() graded(whole, 61)),
	alpha = took(function() alpha(many, warnings = FALSE)))
writeLines(toJSON(list(seconds = seconds, classical = classical, models = models, change = change), digits = NA,
	auto_unbox = TRUE), file.path(folder, "reference.json"))
